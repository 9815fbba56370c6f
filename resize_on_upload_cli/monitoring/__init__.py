"""What a deployed stack logs, and its pages in AWS's console."""
