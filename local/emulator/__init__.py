"""Lambda on this machine: AWS's Runtime Interface Emulator, started as needed."""
