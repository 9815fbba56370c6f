"""How uploads reach the function."""
