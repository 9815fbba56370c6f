"""Make missing and stale variants key by key, with a bar that survives a restart."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload_cli.actions.dispatcher import Dispatcher

if TYPE_CHECKING:
    from collections.abc import Collection

    from resize_on_upload_cli.bulk.spool import Spool
    from resize_on_upload_cli.compare.diff import BucketDiff


def backfill(
    buckets: BucketDiff, keys: Collection[str], *, prefix: str, rate: float
) -> Spool[str]:
    """Have the function process the keys; return those that are not done."""
    total = _total(buckets, prefix, len(keys))
    left = Dispatcher(buckets, rate, total).run(keys, done=total - len(keys))
    if not left:
        buckets.deployment.client("s3").delete_object(**_total_object(buckets, prefix))
    return left


def _total(buckets: BucketDiff, prefix: str, number: int) -> int:
    """Return the number of keys when this backfill was first started."""
    client, stored = buckets.deployment.client("s3"), _total_object(buckets, prefix)
    try:
        found = json.loads(client.get_object(**stored)["Body"].read())
        total = int(found["total"])
    except (ClientError, ValueError, KeyError, TypeError):
        total = 0
    if total < number:
        total = number
        client.put_object(**stored, Body=json.dumps({"total": total}).encode())
    return total


def _total_object(buckets: BucketDiff, prefix: str) -> dict[str, Any]:
    recipe = combined_recipe(buckets.sizes)
    key = f"backfill/{recipe}/{prefix.encode().hex()[:400]}.json"
    return {"Bucket": buckets.deployment.jobs, "Key": key}
