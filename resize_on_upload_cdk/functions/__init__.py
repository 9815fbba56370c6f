"""The function that resizes, and what all functions have: image, code, permissions."""
