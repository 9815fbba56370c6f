"""Retry all messages of the queue, or list them, and print what that took, as JSON.

It imports the command line alone, so that it can also measure another checkout:

    PYTHONPATH=CHECKOUT:CHECKOUT/lambda python bench/redrive/retry.py URL RATE [dry-run]
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from typing import Any

import boto3

from resize_on_upload_cli.actions.redrive import Selection, redrive
from resize_on_upload_cli.stack.deployment import Deployment

OUTPUTS = {"OriginalBucketName": "original", "FunctionName": "resize"}


def main() -> None:
    """Print uploads, CPU and wall seconds, and the peak of the memory in MB."""
    url, rate, *options = sys.argv[1:]
    os.environ["AWS_ENDPOINT_URL"] = url
    session: Any = boto3.Session("AKID", "secret", region_name="us-east-1")
    stack = Deployment(session)
    vars(stack).update(outputs=OUTPUTS | {"FailedQueueUrl": f"{url}/1/failed"})
    cpu, wall = time.process_time(), time.monotonic()
    counts = redrive(
        stack,
        Selection("failed"),
        dry_run=bool(options),
        report=lambda _: None,
        rate=float(rate),
    )
    result = {
        "uploads": counts.selected,
        "cpu": time.process_time() - cpu,
        "wall": time.monotonic() - wall,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
