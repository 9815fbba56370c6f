"""CloudWatch: what Lambda and CloudWatch do with log lines, for the local cloud."""
