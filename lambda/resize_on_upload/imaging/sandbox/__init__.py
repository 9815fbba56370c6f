"""The decoder's process, both ends of its protocol, and the check of its responses."""
