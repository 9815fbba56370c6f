"""The dashboard: its graphs, and their rows."""
