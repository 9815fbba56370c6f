"""The settings of how much is done at a time, and of what is done regularly."""
