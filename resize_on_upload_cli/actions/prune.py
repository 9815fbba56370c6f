"""Delete variants without an original, and those of dropped sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload_cli.actions.dispatcher import Dispatcher
from resize_on_upload_cli.bulk import deletion
from resize_on_upload_cli.bulk.spool import Spool
from resize_on_upload_cli.compare import dropped_sizes, orphans

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload_cli.compare.diff import BucketDiff
    from resize_on_upload_cli.compare.dropped_sizes import ForeignObject, ForeignPrefix
    from resize_on_upload_cli.stack.deployment import Deployment


@dataclass(frozen=True, slots=True)
class Unneeded:
    """What prune deletes.

    Attributes:
        orphans: Keys without an original, or with sizes that they no longer get, each
            with the keys of these variants.
        dropped: Prefixes of dropped sizes.
    """

    orphans: Spool[tuple[str, Sequence[str]]]
    dropped: Sequence[ForeignPrefix]

    @property
    def orphaned_variants(self) -> Iterator[str]:
        """The keys of the orphans' variants."""
        return (key for _, keys in self.orphans for key in keys)

    @property
    def variants(self) -> int:
        """The number of variants."""
        dropped = sum(prefix.removable for prefix in self.dropped)
        return sum(len(keys) for _, keys in self.orphans) + dropped


def find_unneeded(buckets: BucketDiff, prefix: str) -> Unneeded:
    """Find what can be deleted; with a prefix, no dropped sizes."""
    deployment = buckets.deployment
    found = orphans.find(buckets, prefix) if deployment.mirrors_deletes else ()
    spooled = Spool[tuple[str, "Sequence[str]"]](
        (orphan.key, orphan.variant_keys) for orphan in found
    )
    if prefix:
        return Unneeded(spooled, ())
    prefixes = dropped_sizes.foreign_prefixes(deployment, buckets.sizes)
    return Unneeded(spooled, [one for one in prefixes if one.dropped])


def remove(buckets: BucketDiff, unneeded: Unneeded, rate: float) -> int:
    """Delete what was found; return the number of variants that are left.

    Orphans are left to the function, whose last look at the original makes it safe; it
    is invoked for `rate` keys per second. Of a dropped size only its own variants are
    deleted; each is looked at again first.
    """
    keys = Spool(key for key, _ in unneeded.orphans)
    left = set(Dispatcher(buckets, rate, len(keys)).run(keys))
    orphaned = sum(len(names) for key, names in unneeded.orphans if key in left)
    dropped = _variants(buckets.deployment, unneeded.dropped)
    return orphaned + deletion.delete(buckets.deployment, dropped)


def _variants(
    deployment: Deployment, prefixes: Sequence[ForeignPrefix]
) -> Iterator[ForeignObject]:
    for prefix in prefixes:
        yield from dropped_sizes.variants(deployment, prefix.name)
