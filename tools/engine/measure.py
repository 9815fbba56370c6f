"""Measure the image job on local files."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from resize_on_upload.errors import Failed, Rejected
from tools.cost import MeanUpload
from tools.engine import decoder
from tools.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox
    from resize_on_upload.sizes.size import Size

_ROUNDS = 3
"""Runs of each file; the fastest counts, because the first warms up the decoder."""


def measure(files: Iterable[Path], sizes: Sequence[Size]) -> list[MeanUpload]:
    """Return a measurement of each file that can be resized; report the others.

    Raises:
        EngineMissingError: ImageMagick cannot be loaded.
        OSError: a file cannot be read.
    """
    sandbox = decoder.start()
    try:
        return list(_measure(sandbox, files, sizes))
    finally:
        sandbox.close()


def mean(measured: Sequence[MeanUpload]) -> MeanUpload:
    """Return the mean of measurements."""
    count = len(measured)
    return MeanUpload(
        milliseconds=sum(one.milliseconds for one in measured) / count,
        source_bytes=sum(one.source_bytes for one in measured) / count,
        written_bytes=sum(one.written_bytes for one in measured) / count,
        variants=sum(one.variants for one in measured) / count,
    )


def _measure(
    sandbox: Sandbox, files: Iterable[Path], sizes: Sequence[Size]
) -> Iterator[MeanUpload]:
    for file in files:
        body = file.read_bytes()
        try:
            yield _fastest(sandbox, body, sizes)
        except Rejected as error:
            say(f"{file}: {error.reason}: {error}")
        except Failed as error:
            say(f"{file}: the engine failed: {error}")


def _fastest(sandbox: Sandbox, body: bytes, sizes: Sequence[Size]) -> MeanUpload:
    fastest = float("inf")
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        variants = sandbox.make_variants(body, sizes).variants
        fastest = min(fastest, (time.perf_counter() - start) * 1_000)
    written = sum(len(variant.body) for variant in variants)
    return MeanUpload(fastest, len(body), written, len(sizes))
