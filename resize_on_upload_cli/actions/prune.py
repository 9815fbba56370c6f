"""Delete variants without an original, and those of dropped sizes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from resize_on_upload.errors import Contended
from resize_on_upload.storage.objects import StoredVariant
from resize_on_upload_cli.actions.dispatcher import Dispatcher
from resize_on_upload_cli.compare import dropped_sizes
from resize_on_upload_cli.stack.parallel import map_parallel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.compare.dropped_sizes import ForeignObject, ForeignPrefix
    from resize_on_upload_cli.compare.key_diff import KeyDiff
    from resize_on_upload_cli.stack.deployment import Deployment

_RATE = 50.0
"""Orphaned keys per second for which the function is invoked."""


@dataclass(frozen=True, slots=True)
class Unneeded:
    """What prune deletes.

    Attributes:
        orphans: Keys without an original, or with sizes that they no longer get.
        dropped: Prefixes of dropped sizes.
    """

    orphans: Sequence[KeyDiff]
    dropped: Sequence[ForeignPrefix]

    @property
    def orphaned_variants(self) -> list[str]:
        """The keys of the orphans' variants."""
        return [key for orphan in self.orphans for key in orphan.variant_keys]

    @property
    def variants(self) -> int:
        """The number of variants."""
        dropped = sum(prefix.removable for prefix in self.dropped)
        return len(self.orphaned_variants) + dropped


def find_unneeded(buckets: BucketDiff, prefix: str) -> Unneeded:
    """Find what can be deleted; with a prefix, no dropped sizes."""
    deployment = buckets.deployment
    orphans = list(buckets.orphans(prefix)) if deployment.mirrors_deletes else []
    if prefix:
        return Unneeded(orphans, ())
    prefixes = dropped_sizes.foreign_prefixes(deployment, buckets.sizes)
    return Unneeded(orphans, [one for one in prefixes if one.dropped])


def remove(buckets: BucketDiff, unneeded: Unneeded) -> int:
    """Delete what was found; return the number of variants that are left.

    Orphans are left to the function, whose last look at the original makes it safe.
    Of a dropped size only its own variants are deleted; each is looked at again first.
    """
    keys = [orphan.key for orphan in unneeded.orphans]
    left = set(Dispatcher(buckets, _RATE, len(keys)).run(keys))
    orphans = (one for one in unneeded.orphans if one.key in left)
    return sum(len(one.variant_keys) for one in orphans) + _remove_dropped(
        buckets.deployment, unneeded.dropped
    )


def _remove_dropped(deployment: Deployment, prefixes: Sequence[ForeignPrefix]) -> int:
    variants = (
        variant
        for prefix in prefixes
        for variant in dropped_sizes.variants(deployment, prefix.name)
    )
    deleted = map_parallel(partial(_delete, deployment), variants)
    return sum(not one for one in deleted)


def _delete(deployment: Deployment, variant: ForeignObject) -> bool:
    """Delete one variant; return False if another process has replaced it meanwhile."""
    existing = StoredVariant(variant.etag, source_id="", recipe="")
    try:
        deployment.store.delete_variant(variant.key, existing)
    except Contended:
        return False
    return True
