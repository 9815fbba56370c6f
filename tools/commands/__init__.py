"""One module for each command: its arguments, its help, its run."""
