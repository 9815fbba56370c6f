"""Gain maps in JPEGs, by which HDR screens brighten photos: found, checked, written."""
