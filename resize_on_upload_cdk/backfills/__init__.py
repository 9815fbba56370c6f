"""Backfills: the permissions of their jobs, and the weekly job for all originals."""
