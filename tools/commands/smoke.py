"""`smoke`: one picture through what is deployed, and away again."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

from resize_on_upload.imaging.checkerboard import checkerboard_png
from resize_on_upload.sizes.size import sizes_for_key
from tools.actions.wait import wait_for, wait_until_gone
from tools.compare.diff import CURRENT, Comparison
from tools.terminal import write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from resize_on_upload.sizes.size import Size
    from tools.stack.deployment import Deployment

FOLDER = "resize-on-upload-smoke"


def run(deployment: Deployment, sizes: Sequence[Size], *, as_json: bool) -> bool:
    """Upload, wait for every size, delete, wait again; True where it was rejected.

    Raises:
        DeploymentError: a step took too long, or other sizes are deployed.
    """
    deployment.require(sizes)
    comparison = Comparison(deployment, sizes)
    key = f"{FOLDER}/{uuid4()} +é.png"
    place = {"Bucket": deployment.original, "Key": key}
    client, seconds = deployment.client("s3"), dict[str, float]()
    with _timed(seconds, "upload"):
        answer = client.put_object(**place, Body=checkerboard_png())
    if "VersionId" in answer:  # so that nothing stays, no marker either
        place["VersionId"] = answer["VersionId"]
    try:
        with _timed(seconds, "sizes"):
            item = wait_for(comparison, key)
    finally:
        with _timed(seconds, "delete"):
            client.delete_object(**place)
    with _timed(seconds, "gone"):
        if deployment.mirrors_deletes:
            wait_until_gone(comparison, key)
        else:
            _remove(deployment, sizes, key)
    names = [size.name for size in sizes_for_key(sizes, key)]
    _tell(key, names, seconds, as_json=as_json)
    return item.state != CURRENT


def _remove(deployment: Deployment, sizes: Sequence[Size], key: str) -> None:
    """Remove the sizes, where the function leaves them."""
    for size in sizes_for_key(sizes, key):
        if held := deployment.store.head_variant(size.variant_key(key)):
            deployment.store.delete_variant(size.variant_key(key), held)


@contextmanager
def _timed(seconds: dict[str, float], step: str) -> Iterator[None]:
    start = time.monotonic()
    yield
    seconds[step] = round(time.monotonic() - start, 2)


def _tell(
    key: str, names: Sequence[str], seconds: dict[str, float], *, as_json: bool
) -> None:
    if as_json:
        write_json({"key": key, "sizes": names, "seconds": seconds})
        return
    words = {
        "upload": "uploaded",
        "sizes": f"every size there: {', '.join(names)}",
        "delete": "deleted",
        "gone": "every size gone",
    }
    for step, taken in seconds.items():
        write(f"{taken:>7.2f} s  {words[step]}")
