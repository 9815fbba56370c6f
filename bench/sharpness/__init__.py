"""Compare ways to sharpen reduced images: the table behind "sharpen" in sizes.json."""
