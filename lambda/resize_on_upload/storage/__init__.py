"""The two buckets: the only package that knows S3."""
