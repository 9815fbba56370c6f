"""A decoder that runs code out of an upload, and what such code would try."""
