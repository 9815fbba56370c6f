"""What AWS charges: its prices, and formulas for uploads, views and jobs."""
