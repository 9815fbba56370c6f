"""`prune`: remove what has no original any more, and the sizes that were dropped."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from resize_on_upload.errors import Contended
from tools import listings
from tools.comparison import Comparison
from tools.deployment import side_by_side
from tools.pace import Walk
from tools.progress import counted, write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload.size import Size
    from tools.comparison import Item
    from tools.deployment import Deployment
    from tools.listings import Unknown

RATE = 50.0
"""Orphaned keys a second that the function is asked to look at."""


def run(
    deployment: Deployment,
    sizes: Sequence[Size],
    prefix: str,
    *,
    yes: bool,
    as_json: bool,
) -> bool:
    """Remove, or say what would be removed; True where something is left.

    An orphan is left to the function, whose last look at the original makes it safe. A
    dropped size is nobody's any more; each object must be one of ours.

    Raises:
        DeploymentError: the function may still make what sizes.json dropped.
    """
    deployment.require(sizes)
    comparison = Comparison(deployment, sizes)
    orphans = list(comparison.orphans(prefix)) if deployment.mirrors_deletes else []
    unknown = () if prefix else listings.unknown(deployment, sizes)
    dropped = [one for one in unknown if one.ours]
    _tell(orphans, dropped, yes=yes, as_json=as_json)
    if not yes:
        return bool(orphans or dropped)
    left = Walk(comparison, RATE, len(orphans)).through(item.key for item in orphans)
    return not _removed(deployment, dropped) or bool(left)


def _removed(deployment: Deployment, dropped: Sequence[Unknown]) -> bool:
    """Remove what is ours of dropped sizes; whether all of it is gone."""
    keys = _objects(deployment, dropped)
    return all(list(side_by_side(partial(_remove, deployment), keys)))


def _tell(
    orphans: Sequence[Item], dropped: Sequence[Unknown], *, yes: bool, as_json: bool
) -> None:
    keys = [target for item in orphans for target in item.targets]
    if as_json:
        prefixes = {one.name: one.objects for one in dropped}
        write_json({"removed": yes, "orphans": keys, "dropped": prefixes})
        return
    for key in keys:
        write(f"orphaned: {key}")
    for one in dropped:
        write(f"dropped:  {one.name} ({counted(one.objects, 'object')})")
    total = len(keys) + sum(one.objects for one in dropped)
    if not total:
        write("Nothing to remove.")
    elif yes:
        write("", f"Removing {counted(total, 'object')}.")
    else:
        write("", f"{counted(total, 'object')} would be removed; --yes does it.")


def _objects(deployment: Deployment, dropped: Sequence[Unknown]) -> Iterator[str]:
    pages = deployment.client("s3").get_paginator("list_objects_v2")
    for one in dropped:
        for page in pages.paginate(Bucket=deployment.resized, Prefix=one.name):
            yield from (entry["Key"] for entry in page.get("Contents", ()))


def _remove(deployment: Deployment, key: str) -> bool:
    """Delete one object, if it is ours; False where somebody else was at it."""
    held = deployment.store.look(key)
    if held is None or not held.recipe:
        return True
    try:
        deployment.store.delete(key, held)
    except Contended:
        return False
    return True
