"""Measurements; each has a make target, such as `make quality`."""
