"""One key: both buckets come to match."""
