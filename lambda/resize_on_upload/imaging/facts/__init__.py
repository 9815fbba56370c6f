"""What an original's EXIF says about the photo; read in pure Python, on request."""
