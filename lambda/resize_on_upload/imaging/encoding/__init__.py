"""Make the variants of decoded frames: in turn, or side by side."""
