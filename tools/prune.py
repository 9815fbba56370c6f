"""`prune`: remove what has no original any more, and the sizes that were dropped."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from resize_on_upload.errors import Contended
from tools.comparison import ORPHANED, Comparison
from tools.deployment import DeploymentError, side_by_side
from tools.pace import Walk
from tools.progress import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload.sizes import Size
    from tools.comparison import Unknown
    from tools.deployment import Deployment

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
        DeploymentError: the function still makes what sizes.json dropped.
    """
    if not deployment.runs(sizes):
        msg = (
            "sizes.json differs from what is deployed, so the function may still make "
            "what it dropped: run `cdk deploy` first"
        )
        raise DeploymentError(msg)
    comparison = Comparison(deployment, sizes)
    orphans = []
    if deployment.mirrors_deletes:
        orphans = [i for i in comparison.items(prefix) if i.state == ORPHANED]
    dropped = [one for one in comparison.unknown() if one.ours] if not prefix else []
    _tell(
        orphans_sizes := [f"{s}/{i.key}" for i in orphans for s in i.sizes],
        dropped,
        yes=yes,
        as_json=as_json,
    )
    if not yes:
        return bool(orphans_sizes or dropped)
    left = Walk(comparison, RATE, len(orphans)).through(item.key for item in orphans)
    kept = sum(
        not removed
        for removed in side_by_side(
            lambda key: _remove(deployment, key), _objects(deployment, dropped)
        )
    )
    return bool(left or kept)


def _tell(
    orphans: Sequence[str], dropped: Sequence[Unknown], *, yes: bool, as_json: bool
) -> None:
    if as_json:
        prefixes = {one.name: one.objects for one in dropped}
        print(json.dumps({"removed": yes, "orphans": orphans, "dropped": prefixes}))
        return
    for key in orphans:
        print(f"orphaned: {key}")
    for one in dropped:
        print(f"dropped:  {one.name} ({counted(one.objects, 'object')})")
    total = len(orphans) + sum(one.objects for one in dropped)
    if not total:
        print("Nothing to remove.")
    elif yes:
        print(f"\nRemoving {counted(total, 'object')}.")
    else:
        print(f"\n{counted(total, 'object')} would be removed; --yes does it.")


def _objects(deployment: Deployment, dropped: Sequence[Unknown]) -> Iterator[str]:
    pages = deployment.client("s3").get_paginator("list_objects_v2")
    for one in dropped:
        for page in pages.paginate(Bucket=deployment.resized, Prefix=one.name):
            yield from (entry["Key"] for entry in page.get("Contents", ()))


def _remove(deployment: Deployment, key: str) -> bool:
    """Delete one object, if it is ours and stays what it was when looked at."""
    held = deployment.store.look(key)
    if held is None:
        return True
    if not held.recipe:
        return False
    try:
        deployment.store.delete(key, held)
    except Contended:
        return False
    return True
