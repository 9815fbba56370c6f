"""What a process takes away from itself before it meets a hostile file."""
