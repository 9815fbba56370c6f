"""What S3 answers where it does not do as told, as errors of ours.

What it answers to conditions:
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

_MISSING = {"NoSuchKey", "NoSuchVersion", "404"}
_ACCESS_DENIED = {"AccessDenied", "403", "AllAccessDisabled"}
_CONTENDED = {"PreconditionFailed", "412", "ConditionalRequestConflict", "409"}


class MissingObjectError(Exception):
    """S3 says that there is no such object."""


@contextmanager
def map_s3_errors(action: str, bucket: str, key: str) -> Iterator[None]:
    """S3's errors as ours, by what they say about the object."""
    try:
        yield
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _MISSING:
            raise MissingObjectError from error
        if code in _CONTENDED:
            raise contended(key) from error
        if code == "InvalidObjectState":
            msg = "the object is archived; restore it, and it is resized"
            raise ArchivedObject(msg) from error
        if code in _ACCESS_DENIED:
            raise _access_refused(action, f"s3://{bucket}/{key}", error) from error
        msg = f"{action} on s3://{bucket}/{key} failed: {error}"
        raise StoreUnavailable(msg) from error
    # A connection that breaks while a body is read is not always botocore's to report.
    except (BotoCoreError, HTTPError, OSError) as error:
        msg = f"{action} on s3://{bucket}/{key} failed: {error}"
        raise StoreUnavailable(msg) from error


def contended(key: str) -> Contended:
    """The error of who came second; another round sees what the first did."""
    return Contended(f"{key} was written by another invocation meanwhile")


def _access_refused(action: str, place: str, error: ClientError) -> AccessRefused:
    return AccessRefused(
        f"S3 refused {action} on {place}: {error.response['Error'].get('Message')}."
        f" Grant {action} to the function's role, and check the bucket's policy and"
        " encryption key"
    )
