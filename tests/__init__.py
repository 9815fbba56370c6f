"""How each promise is held: see CONTRIBUTING.md."""
