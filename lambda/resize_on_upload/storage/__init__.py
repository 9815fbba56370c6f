"""The two buckets: the only package that calls S3."""
