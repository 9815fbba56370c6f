"""A page for uploads: drop photos, see every size. `make local` serves it."""
