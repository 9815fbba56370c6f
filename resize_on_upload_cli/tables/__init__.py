"""The same comparison by one query of S3's inventory tables, which Athena runs."""
