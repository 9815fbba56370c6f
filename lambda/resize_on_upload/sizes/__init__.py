"""sizes.json, parsed: sizes, their geometries and their key patterns."""
