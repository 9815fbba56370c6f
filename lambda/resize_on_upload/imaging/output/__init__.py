"""How each variant is written: its format, its siblings, whether it is animated."""
