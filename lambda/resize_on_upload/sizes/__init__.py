"""sizes.json, parsed: sizes, geometries and the keys they are for."""
