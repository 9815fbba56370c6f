"""The drawing of the architecture."""
