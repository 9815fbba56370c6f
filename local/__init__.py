"""The deployed stack on this machine: its cloud, its Lambda environments, its demo."""
