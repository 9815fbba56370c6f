"""Serve the upload page on this machine, in front of the local stack."""
