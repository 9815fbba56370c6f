"""The deployed stack on this machine: local cloud, Lambda, demo, load."""
