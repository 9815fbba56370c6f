"""A decoder that runs code from an upload, and what such code would try."""
