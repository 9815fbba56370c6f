"""Both buckets compared with sizes.json."""
