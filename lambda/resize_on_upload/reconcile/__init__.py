"""One key: read its original, compare its variants, write the difference."""
