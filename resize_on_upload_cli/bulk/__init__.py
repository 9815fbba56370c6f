"""Calls for many keys: at a limited rate, side by side, with the keys in a file."""
