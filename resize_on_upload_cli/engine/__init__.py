"""The function's image job on this machine, and what shows its results."""
