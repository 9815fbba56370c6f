"""Scripts that complete the command line in a shell, generated from its parser."""
