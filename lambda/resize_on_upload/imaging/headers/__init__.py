"""Readers of image headers, one module per format; nothing is decoded."""
