"""`make demo`: photos in, variants out, a listing and a gallery."""
