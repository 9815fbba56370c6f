"""Send one image through the deployed stack, and remove it again."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from resize_on_upload.imaging.checkerboard import checkerboard_png
from resize_on_upload.sizes.size import UPLOAD, sizes_for_key
from resize_on_upload_cli.actions import smoke_delivery
from resize_on_upload_cli.actions.wait import wait_for_variants, wait_until_gone
from resize_on_upload_cli.compare.diff import BucketDiff
from resize_on_upload_cli.compare.key_diff import CURRENT
from resize_on_upload_cli.stack.signing import is_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.actions.smoke_delivery import Step
    from resize_on_upload_cli.stack.deployment import Deployment

FOLDER = "resize-on-upload-smoke"


@dataclass(slots=True)
class SmokeResult:
    """What happened.

    Attributes:
        sizes: Names of the sizes that are made at the upload.
        seconds: The time of each step: upload, sizes, delete and gone, and with
            delivery those of smoke_delivery.
        rejected: Whether the image was rejected.
        urls: With delivery: step → the URL that was requested.
    """

    key: str
    sizes: list[str]
    seconds: dict[str, float] = field(default_factory=dict)
    rejected: bool = False
    urls: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Record the time of the block as that of a step."""
        start = time.monotonic()
        yield
        self.seconds[step] = round(time.monotonic() - start, 2)

    def add(
        self, steps: Iterable[Step], sign: Callable[[str], str] | None = None
    ) -> None:
        """Run and record steps of smoke_delivery."""
        for step in steps:
            self.urls[step.name] = step.url
            with self.timed(step.name):
                step.run(sign)


def run(
    deployment: Deployment,
    sizes: Sequence[Size],
    sign: Callable[[str], str] | None = None,
) -> SmokeResult:
    """Upload an image, wait for its variants, delete it, wait until they are gone.

    With delivery, variants are requested at their URLs before the deletion.

    Args:
        deployment: What is tested.
        sizes: Those that should be deployed.
        sign: Signs a URL; without it, a stack with a viewerKey sends no image.

    Raises:
        UnfinishedError: a step took too long or failed, or other sizes are deployed.
    """
    deployment.require_deployed(sizes)
    buckets = BucketDiff(deployment, sizes)
    key = f"{FOLDER}/{uuid4()} +é.png"
    wanted = sizes_for_key(sizes, key)
    result = SmokeResult(key, [size.name for size in wanted if size.make == UPLOAD])
    with _uploaded(deployment, result):
        with result.timed("sizes"):
            diff = wait_for_variants(buckets, key)
        result.rejected = diff.state != CURRENT
        is_served = bool(deployment.url and not result.rejected)
        if is_served and is_private(deployment):
            result.add(smoke_delivery.steps_without_signature(deployment, key, wanted))
            is_served = sign is not None
        if is_served:
            result.add(smoke_delivery.steps(deployment, key, wanted), sign)
    with result.timed("gone"):
        if deployment.mirrors_deletes:
            wait_until_gone(buckets, key)
        else:
            _delete_variants(deployment, wanted, key)
    if is_served:
        steps = smoke_delivery.steps_after_deletion(deployment, key, wanted)
        result.add(steps, sign)
    return result


@contextmanager
def _uploaded(deployment: Deployment, result: SmokeResult) -> Iterator[None]:
    """Upload the image; delete it after the block, without a delete marker."""
    target: dict[str, Any] = {"Bucket": deployment.original, "Key": result.key}
    client = deployment.client("s3")
    with result.timed("upload"):
        response = client.put_object(**target, Body=checkerboard_png())
    if "VersionId" in response:
        target["VersionId"] = response["VersionId"]
    try:
        yield
    finally:
        with result.timed("delete"):
            client.delete_object(**target)


def _delete_variants(deployment: Deployment, sizes: Sequence[Size], key: str) -> None:
    """Delete the variants, which the function keeps in this deployment."""
    for size in sizes:
        if existing := deployment.store.head_variant(size.variant_key(key)):
            deployment.store.delete_variant(size.variant_key(key), existing)
