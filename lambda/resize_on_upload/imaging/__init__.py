"""The image job: bytes in, variants out. Only this package uses ImageMagick."""
