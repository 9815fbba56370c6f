"""What `plan` costs by the number of originals."""
