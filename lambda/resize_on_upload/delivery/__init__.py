"""The second Lambda entry: make a size when a viewer first asks for it."""
