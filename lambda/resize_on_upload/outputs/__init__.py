"""What the function reports: log lines, records of rejections, events."""
