"""Delivery: the CDN in front of the resized bucket, and the function behind it."""
