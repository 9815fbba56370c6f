"""Translate S3 client errors into this package's errors.

How S3 answers conditional requests:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from urllib3.exceptions import HTTPError

from ..errors import AccessRefused, ArchivedObject, Contended, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Set as AbstractSet

MISSING = frozenset({"NoSuchKey", "NoSuchVersion", "404"})
NOTHING_THERE = MISSING | {"PreconditionFailed", "412"}
"""With `If-Match: *`: that condition fails only if there is no object."""

_ACCESS_DENIED = {"AccessDenied", "403", "AllAccessDisabled"}
_CONTENDED = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


class MissingObjectError(Exception):
    """S3 reports that there is no such object."""


@contextmanager
def map_s3_errors(
    action: str, bucket: str, key: str, missing: AbstractSet[str] = MISSING
) -> Iterator[None]:
    """Raise this package's error for each S3 error inside the block.

    Args:
        action: What S3 is asked to do, as policies name it.
        bucket: Where.
        key: Of which object.
        missing: The codes that say that there is no such object.
    """
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in missing:
            raise MissingObjectError from error
        if code in _CONTENDED:
            raise contended(key) from error
        if code == "InvalidObjectState":
            msg = "the object is archived; once it is restored, it is resized"
            raise ArchivedObject(msg) from error
        if code in _ACCESS_DENIED:
            raise _access_refused(action, f"s3://{bucket}/{key}", error) from error
        msg = f"{action} on s3://{bucket}/{key} failed: {error}"
        raise StoreUnavailable(msg) from error
    # While a body is read, botocore does not report every broken connection.
    except (BotoCoreError, HTTPError, OSError) as error:
        msg = f"{action} on s3://{bucket}/{key} failed: {error}"
        raise StoreUnavailable(msg) from error


def contended(key: str) -> Contended:
    """Another invocation wrote the object first; retry the round."""
    return Contended(f"another invocation wrote {key} in the meantime")


def _access_refused(action: str, place: str, error: ClientError) -> AccessRefused:
    return AccessRefused(
        f"S3 refused {action} on {place}: {error.response['Error'].get('Message')}."
        f" Grant {action} to the function's role, and check the bucket's policy and"
        " encryption key"
    )
