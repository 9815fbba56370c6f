"""What changes the buckets of a deployed stack, or waits for the function to."""
