"""The arguments of the construct: their types, and their checks."""
