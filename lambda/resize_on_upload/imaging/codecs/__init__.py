"""Decoding uploads and encoding variants."""
