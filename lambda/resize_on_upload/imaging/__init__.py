"""The only place that knows ImageMagick: bytes in, variants out."""
