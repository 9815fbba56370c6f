"""Used while the container image is built; not part of it."""
