"""What writes parts of the documents from the code and from real runs."""
