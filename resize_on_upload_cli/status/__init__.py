"""Everything about one image of a deployed stack, and why a variant is missing."""
