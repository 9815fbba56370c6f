"""Delete variants without an original, and those of dropped sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.actions.dispatcher import Dispatcher
from resize_on_upload_cli.bulk import deletion, expiration
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
        dropped: Prefixes of dropped sizes whose variants prune deletes.
        expiring: Those whose variants S3 is to delete.
    """

    many = expiration.MANY

    orphans: Spool[tuple[str, Sequence[str]]]
    dropped: Sequence[ForeignPrefix]
    expiring: Sequence[ForeignPrefix] = ()

    @property
    def orphaned_variants(self) -> Iterator[str]:
        """The keys of the orphans' variants."""
        return (key for _, keys in self.orphans for key in keys)

    @staticmethod
    def rule(prefix: ForeignPrefix) -> dict[str, Any]:
        """Return the lifecycle rule for a prefix."""
        return expiration.rule(prefix.name)

    @property
    def variants(self) -> int:
        """The number of variants, without those that S3 is to delete."""
        dropped = sum(prefix.removable for prefix in self.dropped)
        return sum(len(keys) for _, keys in self.orphans) + dropped


def find_unneeded(buckets: BucketDiff, prefix: str, *, expire: bool) -> Unneeded:
    """Find what can be deleted; with a prefix, no dropped sizes.

    Args:
        buckets: Where to look.
        prefix: Only keys that begin with it.
        expire: Whether S3 is to delete dropped sizes, where it can.
    """
    deployment = buckets.deployment
    found = orphans.find(buckets, prefix) if deployment.mirrors_deletes else ()
    spooled = Spool[tuple[str, "Sequence[str]"]](
        (orphan.key, orphan.variant_keys) for orphan in found
    )
    if prefix:
        return Unneeded(spooled, ())
    prefixes = dropped_sizes.foreign_prefixes(deployment, buckets.sizes)
    dropped = [one for one in prefixes if one.dropped]
    by_s3 = [one for one in dropped if expire and expiration.can_expire(one)]
    return Unneeded(spooled, [one for one in dropped if one not in by_s3], by_s3)


def expire(buckets: BucketDiff, unneeded: Unneeded) -> list[str]:
    """Set the lifecycle rules; return the prefixes whose rules were removed."""
    names = [prefix.name for prefix in unneeded.expiring]
    return expiration.set_rules(buckets.deployment, names, buckets.sizes)


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
