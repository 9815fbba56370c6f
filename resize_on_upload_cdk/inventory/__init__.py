"""S3 Metadata's tables of both buckets, and the Athena workgroup that queries them."""
