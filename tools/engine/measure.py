"""Measure the image job on local files."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload.errors import Failed, Rejected
from resize_on_upload.sizes.size import UPLOAD
from tools.cost import MeanUpload
from tools.delivery_cost import MeanSize
from tools.engine import decoder
from tools.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from resize_on_upload.imaging.results import ImageResult
    from resize_on_upload.imaging.sandbox.sandbox import Sandbox
    from resize_on_upload.sizes.size import Size

_ROUNDS = 3
"""Runs of each file; the fastest counts, because the first warms up the decoder."""

_FEW = 10
"""Sizes that are each run as often; of more, each is run once."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One file, or the mean of several.

    Attributes:
        upload: With the sizes that are made at the upload.
        together_ms: Milliseconds of a core to make all images, whenever they are made.
        sizes: Each image alone.
    """

    upload: MeanUpload
    together_ms: float
    sizes: tuple[MeanSize, ...]


def measure(files: Iterable[Path], sizes: Sequence[Size]) -> list[Measured]:
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


def mean(measured: Sequence[Measured]) -> Measured:
    """Return the mean of measurements of the same sizes."""
    uploads = [one.upload for one in measured]
    return Measured(
        upload=MeanUpload(
            milliseconds=_mean(one.milliseconds for one in uploads),
            source_bytes=_mean(one.source_bytes for one in uploads),
            written_bytes=_mean(one.written_bytes for one in uploads),
            variants=_mean(one.variants for one in uploads),
            looked_for=_mean(one.looked_for for one in uploads),
        ),
        together_ms=_mean(one.together_ms for one in measured),
        sizes=tuple(
            map(_mean_size, zip(*(one.sizes for one in measured), strict=True))
        ),
    )


def _mean(values: Iterable[float]) -> float:
    listed = [*values]
    return sum(listed) / len(listed)


def _mean_size(sizes: Sequence[MeanSize]) -> MeanSize:
    return MeanSize(
        name=sizes[0].name,
        alone_ms=_mean(one.alone_ms for one in sizes),
        added_ms=_mean(one.added_ms for one in sizes),
        bytes=_mean(one.bytes for one in sizes),
    )


def _measure(
    sandbox: Sandbox, files: Iterable[Path], sizes: Sequence[Size]
) -> Iterator[Measured]:
    for file in files:
        body = file.read_bytes()
        try:
            yield _measure_file(sandbox, body, sizes)
        except Rejected as error:
            say(f"{file}: {error.reason}: {error}")
        except Failed as error:
            say(f"{file}: the engine failed: {error}")


def _measure_file(sandbox: Sandbox, body: bytes, sizes: Sequence[Size]) -> Measured:
    images = [size for size in sizes if not size.suffix]
    at_upload = [size for size in sizes if size.make == UPLOAD]
    together = _fastest(sandbox, body, images)
    upload_ms, written = 0.0, 0
    if at_upload:
        same = at_upload == images
        upload_ms, result = together if same else _fastest(sandbox, body, at_upload)
        written = sum(len(variant.body) for variant in result.variants)
    looked_for = len(sizes) - len(at_upload)
    return Measured(
        MeanUpload(upload_ms, len(body), written, len(at_upload), looked_for),
        together_ms=together[0],
        sizes=tuple(_measure_sizes(sandbox, body, images)),
    )


def _measure_sizes(
    sandbox: Sandbox, body: bytes, sizes: Sequence[Size]
) -> Iterator[MeanSize]:
    """Yield each size, measured alone; a sibling adds less, as its fallback is made."""
    rounds = _ROUNDS if len(sizes) <= _FEW else 1
    alone: dict[Size, float] = {}
    for size in sizes:
        milliseconds, result = _fastest(sandbox, body, [size], rounds)
        steps = result.milliseconds
        alone[size] = steps.get("resize", 0.0) + steps.get("encode", 0.0)
        shared = alone[size.fallback_size] if size.fallback else 0.0
        added = max(0.0, alone[size] - shared)
        yield MeanSize(size.name, milliseconds, added, len(result.variants[0].body))


def _fastest(
    sandbox: Sandbox, body: bytes, sizes: Sequence[Size], rounds: int = _ROUNDS
) -> tuple[float, ImageResult]:
    runs = [_run(sandbox, body, sizes) for _ in range(rounds)]
    return min(runs, key=lambda run: run[0])


def _run(
    sandbox: Sandbox, body: bytes, sizes: Sequence[Size]
) -> tuple[float, ImageResult]:
    start = time.perf_counter()
    result = sandbox.make_variants(body, sizes)
    return (time.perf_counter() - start) * 1_000, result
