"""Compare both buckets once, as `plan` does, and print what that took, as JSON.

It imports the command line alone, so that it can also measure another checkout:

    PYTHONPATH=CHECKOUT:CHECKOUT/lambda python bench/scale/comparison.py PORT SIZES
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import Any

import boto3

from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli.compare import dropped_sizes
from resize_on_upload_cli.compare.diff import BucketDiff
from resize_on_upload_cli.compare.plan import Plan
from resize_on_upload_cli.stack.deployment import Deployment

OUTPUTS = {"OriginalBucketName": "original", "ResizedBucketName": "resized"}


def deployment(sizes: str) -> Deployment:
    """Return the stack of the server."""
    session: Any = boto3.Session("AKID", "secret", region_name="us-east-1")
    found = Deployment(session)
    variables = {"SIZES": sizes, "ACCOUNT_ID": "1" * 12, "MIRROR_DELETES": "true"}
    function = {
        "MemorySize": 1_769,
        "Environment": {"Variables": variables | {"CARRY_OVER": ""}},
    }
    vars(found).update(outputs=OUTPUTS, function=function)
    return found


def main() -> None:
    """Print keys, CPU and wall seconds, and the peak of the memory in MB."""
    stack, plan = deployment(sys.argv[1]), Plan(1_769, mirrors_deletes=True)
    sizes = parse(sys.argv[1])
    cpu, wall = time.process_time(), time.monotonic()
    for diff in BucketDiff(stack, sizes).compare_all():
        plan.add(diff)
    plan.foreign = list(dropped_sizes.foreign_prefixes(stack, sizes))
    result = {
        "keys": dict(plan.keys),
        "cpu": time.process_time() - cpu,
        "wall": time.monotonic() - wall,
        "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
