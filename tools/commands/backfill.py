"""`backfill`: make what is missing or stale, of what was uploaded before.

Few keys are asked for one by one; many are a job of S3 Batch Operations, which invokes
the same function. Both are safe to stop and to begin again: the buckets themselves say
what is left.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload.reconcile.recipe import combined_recipe
from tools import terminal
from tools.actions import batch_job
from tools.actions.dispatcher import Walk
from tools.commands.plan import in_words
from tools.compare.diff import MISSING, STALE, Comparison, rejections
from tools.terminal import counted, write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from resize_on_upload.sizes.size import Size
    from tools.compare.diff import Item
    from tools.stack.deployment import Deployment

MANY = 20_000
"""Keys from which a job of S3 Batch Operations is the better way."""


def run(  # noqa: PLR0913 - one an option
    deployment: Deployment,
    sizes: Sequence[Size],
    prefix: str,
    *,
    rate: float,
    as_job: bool,
    dry_run: bool,
    as_json: bool,
) -> bool:
    """Do the plan; True where keys are left, as all are after a dry run.

    Raises:
        DeploymentError: the function does not make the sizes of sizes.json.
    """
    deployment.require(sizes)
    comparison = Comparison(deployment, sizes, rejections(deployment))
    open_items = (i for i in comparison.items(prefix) if i.state in (MISSING, STALE))
    if dry_run:
        return _list(open_items, as_json=as_json)
    if as_job:
        keys = (item.key for item in open_items)
        return batch_job.run(deployment, keys, as_json=as_json)
    wanted = list(open_items)
    if len(wanted) >= MANY:
        terminal.say(f"{len(wanted):,} keys: --batch lets S3 Batch Operations do it.")
    left = _walk(comparison, wanted, prefix, rate)
    _tell(len(wanted), left, as_json=as_json)
    return bool(left)


def _list(wanted: Iterable[Item], *, as_json: bool) -> bool:
    number = 0
    for number, item in enumerate(wanted, start=1):  # noqa: B007 - the last counts
        if as_json:
            listed = {"key": item.key, "state": item.state, "sizes": item.sizes}
            write_json({**listed, "removes": item.unwanted})
        else:
            write(f"{item.key}: {item.why}{in_words(item)}")
    if not as_json:
        write("", f"{counted(number, 'key')} would be made; nothing was.")
    return number > 0


def _walk(
    comparison: Comparison, wanted: Sequence[Item], prefix: str, rate: float
) -> list[str]:
    total = _total(comparison, prefix, len(wanted))
    walk = Walk(comparison, rate, total)
    left = walk.through((item.key for item in wanted), done=total - len(wanted))
    if not left:
        _forget(comparison, prefix)
    return left


def _total(comparison: Comparison, prefix: str, wanted: int) -> int:
    """How many there were when this backfill was first begun, for its bar."""
    client, place = comparison.deployment.client("s3"), _place(comparison, prefix)
    try:
        found = json.loads(client.get_object(**place)["Body"].read())
        total = int(found["total"])
    except (ClientError, ValueError, KeyError):
        total = 0
    if total < wanted:
        total = wanted
        client.put_object(**place, Body=json.dumps({"total": total}).encode())
    return total


def _forget(comparison: Comparison, prefix: str) -> None:
    comparison.deployment.client("s3").delete_object(**_place(comparison, prefix))


def _place(comparison: Comparison, prefix: str) -> dict[str, Any]:
    recipe = combined_recipe(comparison.sizes)
    name = f"backfill/{recipe}/{prefix.encode().hex()[:400]}.json"
    return {"Bucket": comparison.deployment.jobs, "Key": name}


def _tell(wanted: int, left: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        write_json({"asked": wanted, "left": list(left)})
        return
    write(f"{wanted - len(left):,} of {counted(wanted, 'key')} done.")
    if left:
        write(
            f"{len(left):,} are not. Lambda may still be trying; what has failed is "
            "in the failed queue: fix the cause, then run `redrive failed`. `plan` "
            "lists what is left."
        )
