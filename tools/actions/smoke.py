"""Send one image through the deployed stack, and remove it again."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from resize_on_upload.imaging.checkerboard import checkerboard_png
from resize_on_upload.sizes.size import sizes_for_key
from tools.actions.wait import wait_for_variants, wait_until_gone
from tools.compare.diff import BucketDiff
from tools.compare.key_diff import CURRENT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload.sizes.size import Size
    from tools.stack.deployment import Deployment

FOLDER = "resize-on-upload-smoke"


@dataclass(frozen=True, slots=True)
class SmokeResult:
    """What happened.

    Attributes:
        sizes: Names of the sizes that the image gets.
        seconds: The time of each step: upload, sizes, delete, gone.
        rejected: Whether the image was rejected.
    """

    key: str
    sizes: list[str]
    seconds: dict[str, float]
    rejected: bool


def run(deployment: Deployment, sizes: Sequence[Size]) -> SmokeResult:
    """Upload an image, wait for its variants, delete it, wait until they are gone.

    Raises:
        UnfinishedError: a step took too long, or other sizes are deployed.
    """
    deployment.require_deployed(sizes)
    buckets = BucketDiff(deployment, sizes)
    key = f"{FOLDER}/{uuid4()} +é.png"
    target: dict[str, Any] = {"Bucket": deployment.original, "Key": key}
    client, seconds = deployment.client("s3"), dict[str, float]()
    with _timed(seconds, "upload"):
        response = client.put_object(**target, Body=checkerboard_png())
    if "VersionId" in response:  # so that not even a delete marker is left
        target["VersionId"] = response["VersionId"]
    try:
        with _timed(seconds, "sizes"):
            diff = wait_for_variants(buckets, key)
    finally:
        with _timed(seconds, "delete"):
            client.delete_object(**target)
    with _timed(seconds, "gone"):
        if deployment.mirrors_deletes:
            wait_until_gone(buckets, key)
        else:
            _delete_variants(deployment, sizes, key)
    names = [size.name for size in sizes_for_key(sizes, key)]
    return SmokeResult(key, names, seconds, rejected=diff.state != CURRENT)


def _delete_variants(deployment: Deployment, sizes: Sequence[Size], key: str) -> None:
    """Delete the variants, which the function keeps in this deployment."""
    for size in sizes_for_key(sizes, key):
        if existing := deployment.store.head_variant(size.variant_key(key)):
            deployment.store.delete_variant(size.variant_key(key), existing)


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    seconds[step] = round(time.monotonic() - start, 2)
