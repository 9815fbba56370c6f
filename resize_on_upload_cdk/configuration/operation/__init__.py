"""The settings of backfills."""
