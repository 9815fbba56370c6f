"""`prune`: remove what has no original any more, and the sizes that were dropped."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from resize_on_upload.errors import Contended
from resize_on_upload.storage.objects import StoredVariant
from tools.actions.dispatcher import Walk
from tools.compare import dropped_sizes
from tools.compare.diff import Comparison
from tools.stack.deployment import side_by_side
from tools.terminal import counted, say, write, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resize_on_upload.sizes.size import Size
    from tools.compare.diff import Item
    from tools.compare.dropped_sizes import Seen, Unknown
    from tools.stack.deployment import Deployment

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

    An orphan is left to the function, whose last look at the original makes it safe. Of
    a dropped size only its own variants go; they are looked at once more before.

    Raises:
        DeploymentError: the function may still make what sizes.json dropped.
    """
    deployment.require(sizes)
    comparison = Comparison(deployment, sizes)
    orphans = list(comparison.orphans(prefix)) if deployment.mirrors_deletes else []
    unknown = () if prefix else dropped_sizes.unknown(deployment, sizes)
    if prefix:
        say(dropped_sizes.NOT_WITH_PREFIX)
    places = [one for one in unknown if one.ours]
    _tell(orphans, places, yes=yes, as_json=as_json)
    if not yes:
        return bool(orphans or places)
    left = Walk(comparison, RATE, len(orphans)).through(item.key for item in orphans)
    return not _removed(deployment, places) or bool(left)


def _removed(deployment: Deployment, places: Sequence[Unknown]) -> bool:
    """Remove the variants of dropped sizes; whether all of them are gone."""
    variants = (
        variant
        for one in places
        for variant in dropped_sizes.variants(deployment, one.name)
    )
    return all(list(side_by_side(partial(_remove, deployment), variants)))


def _tell(
    orphans: Sequence[Item], places: Sequence[Unknown], *, yes: bool, as_json: bool
) -> None:
    keys = [target for item in orphans for target in item.targets]
    if as_json:
        prefixes = {one.name: one.removable for one in places}
        write_json({"removed": yes, "orphans": keys, "dropped": prefixes})
        return
    for key in keys:
        write(f"orphaned: {key}")
    for one in places:
        write(f"dropped:  {one.name} ({counted(one.removable, 'object')})")
    total = len(keys) + sum(one.removable for one in places)
    if not total:
        write("Nothing to remove.")
    elif yes:
        write("", f"Removing {counted(total, 'object')}.")
    else:
        write("", f"{counted(total, 'object')} would be removed; --yes does it.")


def _remove(deployment: Deployment, variant: Seen) -> bool:
    """Delete one variant; False where somebody else has replaced it meanwhile."""
    held = StoredVariant(variant.etag, source_id="", recipe="")
    try:
        deployment.store.delete_variant(variant.key, held)
    except Contended:
        return False
    return True
