"""Write parts of the docs from the code and from real runs; check their wording."""
