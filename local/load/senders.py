"""Upload as fast as it goes."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.load.traffic import CONCURRENT_UPLOADS, make_images

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from local.cloud import Cloud
    from local.stack import Stack

_OVERLOADED = 503


def send(cloud: Cloud, bucket: str, keys: Sequence[str]) -> dict[str, float]:
    """Upload small images, CONCURRENT_UPLOADS at once; return when each was stored."""
    images = make_images()

    def send_some(first: int) -> dict[str, float]:
        client, stored = cloud.client("s3"), {}
        for number in range(first, len(keys), CONCURRENT_UPLOADS):
            body = images[number % len(images)]
            _put(client, Bucket=bucket, Key=keys[number], Body=body)
            stored[keys[number]] = time.time()
        return stored

    with ThreadPoolExecutor(CONCURRENT_UPLOADS) as threads:
        parts = threads.map(send_some, range(CONCURRENT_UPLOADS))
        return {key: when for part in parts for key, when in part.items()}


@contextmanager
def without_events(stack: Stack) -> Iterator[None]:
    """Have S3 report no upload during the block."""
    client, bucket = stack.s3(), {"Bucket": stack.original}
    found = client.get_bucket_notification_configuration(**bucket)
    del found["ResponseMetadata"]
    client.put_bucket_notification_configuration(**bucket, NotificationConfiguration={})
    try:
        yield
    finally:
        client.put_bucket_notification_configuration(
            **bucket, NotificationConfiguration=found
        )


def _put(client: Any, **upload: Any) -> None:
    """Upload again until S3 takes it, as every uploader has to."""
    while True:
        try:
            client.put_object(**upload)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != _OVERLOADED:
                raise
        else:
            return
