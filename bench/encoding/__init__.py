"""The quality of variants: of resizing, formats, encoder settings, gain maps."""
