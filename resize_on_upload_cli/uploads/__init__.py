"""Upload files to the original bucket, and wait for their variants."""
