"""The permissions that commands and people need: tables, and the document of them."""
