"""Decoding an upload, and encoding its variants."""
