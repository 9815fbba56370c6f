"""Encode the variants of an image: in turn, or side by side."""
