"""What a file's first bytes say of it, a module a format; nothing is decoded."""
