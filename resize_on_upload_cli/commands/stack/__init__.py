"""Commands for a deployed stack as a whole."""
