"""What uploads cost: by memory size, and as it is printed."""
