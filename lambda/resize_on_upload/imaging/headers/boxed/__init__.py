"""Formats that are made of boxes: HEIC, AVIF and JPEG XL."""
