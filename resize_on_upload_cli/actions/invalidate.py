"""Make CloudFront forget variants: by their tags, or by their paths without tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus
from uuid import uuid4

from resize_on_upload.reconcile.description.metadata import cache_tag
from resize_on_upload.sizes.size import sizes_for_key
from resize_on_upload_cli.errors import UnfinishedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resize_on_upload_cli.stack.deployment import Deployment

EVERYTHING = "/*"

MAX_WILDCARDS, MAX_TAGS = 15, 1_000
"""Of one request. CloudFront has at most 15 wildcards and 3,000 others in progress.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-invalidations"""

TIMEOUT_SECONDS = 900
_POLL_SECONDS = 5

_UNENCODED = "/!$&'()+,:;=@~"
"""Characters besides letters and digits that a viewer may leave as they are. Not `*`,
which would be a wildcard."""


@dataclass(frozen=True, slots=True)
class Item:
    """What CloudFront forgets.

    Attributes:
        text: A tag or a path, as CloudFront's API has it.
        key: The original's; None for everything.
    """

    text: str
    key: str | None = None


def items(deployment: Deployment, keys: Iterable[str]) -> Iterator[Item]:
    """Yield what to forget of each key; nothing if it has no size, without tags."""
    if deployment.store.carry_over.cache_tags:
        for key in keys:
            yield Item(f"#{cache_tag(key)}", key)
        return
    for key in keys:
        for size in sizes_for_key(deployment.sizes, key):
            if not size.key_too_long(key):
                yield from _paths(size.variant_key(key), key)


def _paths(variant_key: str, key: str) -> Iterator[Item]:
    """The path in every way that viewers may encode it, with every version.

    CloudFront compares paths as they were requested.
    """
    forms = [quote(variant_key, safe=safe) for safe in ("/", _UNENCODED)]
    forms.append(quote_plus(variant_key, safe="/"))  # S3 reads + as a space
    for form in dict.fromkeys(forms):
        yield Item(f"/{form}*", key)


def send(deployment: Deployment, wanted: Sequence[Item]) -> Iterator[tuple[Item, str]]:
    """Send invalidations; yield each item with CloudFront's name of its invalidation.

    Raises:
        UnfinishedError: the stack has no delivery, or CloudFront takes too long.
    """
    distribution = _distribution(deployment)
    size = MAX_WILDCARDS if any("*" in one.text for one in wanted) else MAX_TAGS
    before = None
    for start in range(0, len(wanted), size):
        batch = wanted[start : start + size]
        if before:
            _wait(deployment, distribution, before)
        before = _send(deployment, distribution, batch)
        for one in batch:
            yield one, before


def _distribution(deployment: Deployment) -> str:
    found = deployment.outputs.get("DistributionId")
    if not found:
        msg = (
            f"the stack {deployment.name} has no CloudFront: deploy it with "
            "-c delivery=true (docs/delivery.md)"
        )
        raise UnfinishedError(msg)
    return found


def _send(deployment: Deployment, distribution: str, batch: Sequence[Item]) -> str:
    texts = [one.text for one in batch]
    answer: dict[str, Any] = deployment.client("cloudfront").create_invalidation(
        DistributionId=distribution,
        InvalidationBatch={
            "Paths": {"Quantity": len(texts), "Items": texts},
            "CallerReference": str(uuid4()),
        },
    )
    return str(answer["Invalidation"]["Id"])


def _wait(deployment: Deployment, distribution: str, name: str) -> None:
    client, clock = deployment.client("cloudfront"), deployment.clock
    deadline = clock.monotonic() + TIMEOUT_SECONDS
    while True:
        found = client.get_invalidation(DistributionId=distribution, Id=name)
        if found["Invalidation"]["Status"] == "Completed":
            return
        if clock.monotonic() > deadline:
            msg = (
                f"CloudFront has not completed invalidation {name} within "
                f"{TIMEOUT_SECONDS // 60} minutes; run it again for the other keys"
            )
            raise UnfinishedError(msg)
        clock.sleep(_POLL_SECONDS)
