"""The decoder's process, seen from both sides, and the check of its answers."""
