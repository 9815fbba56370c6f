"""Delete variants, 1,000 in a call, each only if it was not replaced meanwhile.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

from resize_on_upload.errors import Contended
from resize_on_upload.storage.objects import StoredVariant
from resize_on_upload.storage.overload import OVERLOADED
from resize_on_upload_cli import terminal
from resize_on_upload_cli.bulk.paced_calls import PacedCalls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from mypy_boto3_s3.type_defs import ErrorTypeDef, ObjectIdentifierTypeDef

    from resize_on_upload_cli.compare.dropped_sizes import ForeignObject
    from resize_on_upload_cli.stack.deployment import Deployment

_MAX_KEYS = 1_000
"""That one call of S3 deletes."""

_CALLS_PER_SECOND = 3.0
"""S3 writes and deletes 3,500 objects a second in each of its partitions."""

_MAX_ATTEMPTS = 5

_MAX_LISTED = 20
"""Variants that S3 did not delete whose errors are printed."""

_GONE = "NoSuchKey"
"""Perhaps deleted by an earlier attempt, whose response was lost."""

_REPLACED = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ufffd\U00010000-\U0010ffff]")


def delete(deployment: Deployment, variants: Iterable[ForeignObject]) -> int:
    """Delete the variants; return how many of them are left.

    S3's error for a variant is printed, unless the variant was replaced.
    """
    calls = PacedCalls(_Batch.delete, _CALLS_PER_SECOND, deployment.clock)
    deployment.client("s3")  # made here, as boto3 makes it in one thread
    left = listed = 0
    for batch in calls.run(_batches(deployment, variants)):
        left += batch.replaced + len(batch.errors)
        for error in batch.errors[: _MAX_LISTED - listed]:
            listed += 1
            terminal.say(f"not deleted: {error}")
    return left


def _batches(
    deployment: Deployment, variants: Iterable[ForeignObject]
) -> Iterator[_Batch]:
    remaining = iter(variants)
    while some := list(islice(remaining, _MAX_KEYS)):
        yield _Batch(deployment, {one.key: one for one in some})


@dataclass(slots=True)
class _Batch:
    """Variants that are deleted by one call.

    Attributes:
        remaining: Key → those that are not deleted yet.
        replaced: The number of those that another process has replaced.
        errors: S3's errors for others, each with its key.
    """

    deployment: Deployment
    remaining: dict[str, ForeignObject]
    replaced: int = 0
    errors: list[str] = field(default_factory=list)

    def delete(self) -> None:
        """Delete them."""
        for key in [one for one in self.remaining if _NOT_IN_XML.search(one)]:
            self._delete_one(self.remaining.pop(key))
        for attempt in range(1, _MAX_ATTEMPTS + 1):
            unavailable = self._delete_all(is_last=attempt == _MAX_ATTEMPTS)
            if not unavailable:
                return
            self.deployment.clock.sleep(2**attempt / 10)

    def _delete_all(self, *, is_last: bool) -> bool:
        """Delete the remaining ones; return whether to try again."""
        if not self.remaining:
            return False
        objects: list[ObjectIdentifierTypeDef] = [
            {"Key": one.key, "ETag": one.etag} for one in self.remaining.values()
        ]
        response = self.deployment.client("s3").delete_objects(
            Bucket=self.deployment.resized,
            Delete={"Objects": objects, "Quiet": True},
            ExpectedBucketOwner=self.deployment.variables["ACCOUNT_ID"],
        )
        errors = response.get("Errors", [])
        again = [] if is_last else [one for one in errors if self._may_retry(one)]
        self._record([one for one in errors if one not in again])
        self.remaining = {one["Key"]: self.remaining[one["Key"]] for one in again}
        return bool(again)

    def _may_retry(self, error: ErrorTypeDef) -> bool:
        return error.get("Code") in OVERLOADED and error.get("Key") in self.remaining

    def _record(self, errors: Sequence[ErrorTypeDef]) -> None:
        for error in errors:
            code = error.get("Code", "")
            if code in _REPLACED:
                self.replaced += 1
            elif code != _GONE:
                message = error.get("Message") or "without a reason"
                self.errors.append(
                    f"{error.get('Key', 'a variant')}: {message} ({code})"
                )

    def _delete_one(self, variant: ForeignObject) -> None:
        """Delete a variant whose key XML cannot express."""
        existing = StoredVariant(variant.etag, source_id="", recipe="")
        try:
            self.deployment.store.delete_variant(variant.key, existing)
        except Contended:
            self.replaced += 1
