"""Planning and doing the resizes of an image."""
