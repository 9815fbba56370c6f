"""Measure how long a viewer waits in the local stack, by where the image comes from.

`make views` runs the functions in their container image, and prints the medians. The
local cloud's S3 answers quicker than S3 over a network, and a cold function there
starts without a download of its image; the cache and the function's own work are what
they are.
"""

from __future__ import annotations

import sys
import time
import urllib.request
from statistics import median
from typing import TYPE_CHECKING
from urllib.parse import quote

from bench.engines import place
from bench.folders import SHARED
from local.stack import running

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.stack import Stack

PHOTO = SHARED / "photos" / "j12_d90.jpg"
SIZE = "150x"
TIMES = 30
COLD = 5
ORIGINALS = [f"{number}.jpg" for number in range(TIMES)]


def main() -> int:
    """Print a line for each place that an image can come from."""
    if not PHOTO.exists():
        sys.exit("the photos are not next to the checkout")
    with (
        place.deployed() as where,
        running(context={"delivery": "true"}, runtime=where.runtime) as stack,
    ):
        if not stack.edge:
            sys.exit("nginx is missing: run local/install nginx")
        _upload(stack)
        _print("made on request, cold function", [_cold(stack) for _ in range(COLD)])
        _print("made on request, warm function", _timed(stack, _expire))
        _print("in S3, not in the cache", _timed(stack, lambda *_: None))
        _view(stack, ORIGINALS[0])
        _print("in the cache", [_view(stack, ORIGINALS[0]) for _ in range(10 * TIMES)])
    return 0


def _upload(stack: Stack) -> None:
    body = PHOTO.read_bytes()
    for key in ORIGINALS:
        stack.s3().put_object(Bucket=stack.original, Key=key, Body=body)
    while stack.lambda_pool.activity.ended < TIMES:
        time.sleep(0.1)


def _timed(stack: Stack, prepare: Callable[[Stack, str], None]) -> list[float]:
    """Milliseconds of one view of each original, past the cache."""
    found = []
    for key in ORIGINALS:
        prepare(stack, key)
        found.append(_view(stack, key, f"?v={time.monotonic_ns()}"))
    return found


def _cold(stack: Stack) -> float:
    """Milliseconds of a view that a new environment answers."""
    stack.lambda_pool.serve(stack.outputs["OnRequestFunctionName"])
    _expire(stack, ORIGINALS[0])
    return _view(stack, ORIGINALS[0], f"?v={time.monotonic_ns()}")


def _expire(stack: Stack, key: str) -> None:
    stack.s3().delete_object(Bucket=stack.resized, Key=f"{SIZE}/{key}")


def _view(stack: Stack, key: str, query: str = "") -> float:
    start = time.perf_counter()
    url = f"{stack.url}{SIZE}/{quote(key)}{query}"
    with urllib.request.urlopen(url) as response:  # noqa: S310 - loopback
        response.read()
    return (time.perf_counter() - start) * 1_000


def _print(place: str, milliseconds: list[float]) -> None:
    count, worst = len(milliseconds), max(milliseconds)
    print(
        f"{place:<31} {median(milliseconds):8.1f} ms, at most {worst:.0f} ({count})",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
