"""Backfills as jobs of S3 Batch Operations: of listed keys, or of all originals."""
