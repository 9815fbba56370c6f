"""Open a reader with the credentials and the settings of a boto3 session."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.s3.attempts import Attempts
from resize_on_upload_cli.s3.connections import sender
from resize_on_upload_cli.s3.reader import BucketReader

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def open_reader(session: Any, client: S3Client, connections: int) -> BucketReader:
    """Return a reader of buckets.

    Args:
        session: A boto3 session.
        client: One of the session's clients; it determines where buckets are.
        connections: How many requests are sent at the same time.
    """
    # boto3 has no public way to the settings of the profile.
    bundle = session._session.get_config_variable("ca_bundle")  # noqa: SLF001
    bundle = bundle or os.environ.get("REQUESTS_CA_BUNDLE")
    send = sender(bundle, connections)
    return BucketReader(client, session.get_credentials(), send, Attempts())
