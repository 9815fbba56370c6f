"""Make CloudFront forget the variants of an original that was replaced or deleted.

https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/invalidation-by-tags.html
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import InvalidationFailed
from ..reasons import Reason
from ..reconcile.description.metadata import cache_tag
from ..sizes.size import sizes_for_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..events.envelopes import Change
    from ..reconcile.report import Report
    from ..sizes.size import Size

MAX_TRIES = 4
"""While 3,000 invalidations are in progress, CloudFront accepts no more."""

_TOO_MANY = "TooManyInvalidationsInProgress"


class Invalidations(Protocol):
    """Makes caches forget variants."""

    def forget(self, key: str, seconds: float) -> None:
        """Forget all variants of an original.

        Args:
            key: The original's.
            seconds: For all tries together.

        Raises:
            InvalidationFailed: they may still be sent.
        """


@dataclass(frozen=True, slots=True)
class CloudFront:
    """The cache of a distribution.

    Attributes:
        client: A boto3 client.
        distribution_id: Looks up CloudFront's name for the distribution.
    """

    client: Any
    distribution_id: Callable[[], str]

    def forget(self, key: str, seconds: float) -> None:
        """Send one invalidation, of the tag that all variants of the key have."""
        deadline = time.monotonic() + seconds
        for number in range(1, MAX_TRIES + 1):
            pause = random.uniform(0, 2**number / 2)  # noqa: S311 - jitter
            try:
                return self._send(f"#{cache_tag(key)}")
            except (ClientError, BotoCoreError) as error:
                out_of_time = time.monotonic() + pause > deadline
                if not _is_busy(error) or number == MAX_TRIES or out_of_time:
                    raise _failed(error) from error
            time.sleep(pause)
        return None

    def _send(self, item: str) -> None:
        self.client.create_invalidation(
            DistributionId=self.distribution_id(),
            InvalidationBatch={
                "Paths": {"Quantity": 1, "Items": [item]},
                "CallerReference": str(uuid4()),
            },
        )


def is_due(change: Change, report: Report, sizes: Iterable[Size]) -> bool:
    """Whether caches may have a variant of an original that is no longer there.

    After a delete also if nothing was left to do: an earlier attempt may have deleted
    the variants and failed here.
    """
    gone = change.removed and report.skipped is Reason.NO_ORIGINAL
    return report.replaced or (gone and bool(sizes_for_key(sizes, change.key)))


def _is_busy(error: ClientError | BotoCoreError) -> bool:
    if not isinstance(error, ClientError):
        return False
    return error.response["Error"]["Code"] == _TOO_MANY


def _failed(error: Exception) -> InvalidationFailed:
    return InvalidationFailed(
        f"the invalidation failed: {error}. Caches may send the image that was "
        "replaced or deleted until its freshness ends"
    )
