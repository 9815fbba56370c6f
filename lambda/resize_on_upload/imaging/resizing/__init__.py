"""Planning the resizes of an image, and doing them."""
