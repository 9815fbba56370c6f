"""Measurements, each a command: `make quality`, `make soak`."""
