"""What options are where they are not given; known without loading what uses them."""

from __future__ import annotations

from pathlib import Path

SIZES = Path("config/sizes.json")
STACK = "ResizeOnUpload"
RATE = 20.0
"""Keys a second that backfill asks for."""
MAX_RATE = 1_000
"""Invocations a second; more are a job of S3 Batch Operations."""
HOURS = 24
"""How far estimate looks back."""
MAX_HOURS = 1_440
"""CloudWatch gives no more points at once:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
UPLOADS = 1_000_000
"""How many estimate counts with."""
MAX_UPLOADS = 1_000_000_000_000
"""Of more, a cost is no number that anybody could read."""
QUEUES = {"failed": "FailedQueueUrl", "rejected": "RejectedQueueUrl"}
"""The queues that redrive reads, and the outputs that have their URLs."""
