"""Measure the image job on local files."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload.errors import Failed, Rejected
from resize_on_upload.sizes.size import UPLOAD
from resize_on_upload_cli.costs.delivery_cost import MeanSize
from resize_on_upload_cli.costs.upload_cost import MeanUpload
from resize_on_upload_cli.engine import cores
from resize_on_upload_cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from resize_on_upload.imaging.results import ImageResult
    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.engine.cores import Decoder

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
        two_cores_ms: Milliseconds of the upload on two cores; None if not measured.
        pixels: Of the file, or of the largest one.
        peak_mb: Peak memory of the decoder until then.
    """

    upload: MeanUpload
    together_ms: float
    sizes: tuple[MeanSize, ...]
    two_cores_ms: float | None
    pixels: int
    peak_mb: float


def measure(files: Iterable[Path], sizes: Sequence[Size]) -> list[Measured]:
    """Return a measurement of each file that can be resized; report the others.

    Raises:
        EngineMissingError: ImageMagick cannot be loaded.
        OSError: a file cannot be read.
    """
    with cores.decoders() as (one, two):
        return list(_measure(one, two, files, sizes))


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
        two_cores_ms=_mean_if_known(one.two_cores_ms for one in measured),
        pixels=max(one.pixels for one in measured),
        peak_mb=max(one.peak_mb for one in measured),
    )


def _mean(values: Iterable[float]) -> float:
    listed = [*values]
    return sum(listed) / len(listed)


def _mean_if_known(values: Iterable[float | None]) -> float | None:
    listed = [*values]
    known = [value for value in listed if value is not None]
    return _mean(known) if len(known) == len(listed) else None


def _mean_size(sizes: Sequence[MeanSize]) -> MeanSize:
    return MeanSize(
        name=sizes[0].name,
        alone_ms=_mean(one.alone_ms for one in sizes),
        added_ms=_mean(one.added_ms for one in sizes),
        bytes=_mean(one.bytes for one in sizes),
    )


def _measure(
    one: Decoder, two: Decoder | None, files: Iterable[Path], sizes: Sequence[Size]
) -> Iterator[Measured]:
    for file in files:
        body = file.read_bytes()
        try:
            yield _measure_file(one, two, body, sizes)
        except Rejected as error:
            say(f"{file}: {error.reason}: {error}")
        except Failed as error:
            say(f"{file}: the engine failed: {error}")


def _measure_file(
    one: Decoder, two: Decoder | None, body: bytes, sizes: Sequence[Size]
) -> Measured:
    images = [size for size in sizes if not size.suffix]
    at_upload = [size for size in sizes if size.make == UPLOAD]
    together = _fastest(one, body, images)
    upload_ms, written, two_cores_ms = 0.0, 0, None
    if at_upload:
        same = at_upload == images
        upload_ms, result = together if same else _fastest(one, body, at_upload)
        written = sum(len(variant.body) for variant in result.variants)
        two_cores_ms = _fastest(two, body, at_upload)[0] if two else None
    looked_for = len(sizes) - len(at_upload)
    return Measured(
        MeanUpload(upload_ms, len(body), written, len(at_upload), looked_for),
        together_ms=together[0],
        sizes=tuple(_measure_sizes(one, body, images)),
        two_cores_ms=two_cores_ms,
        pixels=together[1].source.width * together[1].source.height,
        peak_mb=max(each.peak_mb for each in (one, two) if each),
    )


def _measure_sizes(
    decoder: Decoder, body: bytes, sizes: Sequence[Size]
) -> Iterator[MeanSize]:
    """Yield each size, measured alone; a sibling adds less, as its fallback is made."""
    rounds = _ROUNDS if len(sizes) <= _FEW else 1
    alone: dict[Size, float] = {}
    for size in sizes:
        milliseconds, result = _fastest(decoder, body, [size], rounds)
        steps = result.milliseconds
        alone[size] = steps.get("resize", 0.0) + steps.get("encode", 0.0)
        shared = alone[size.fallback_size] if size.fallback else 0.0
        added = max(0.0, alone[size] - shared)
        yield MeanSize(size.name, milliseconds, added, len(result.variants[0].body))


def _fastest(
    decoder: Decoder, body: bytes, sizes: Sequence[Size], rounds: int = _ROUNDS
) -> tuple[float, ImageResult]:
    runs = [_run(decoder, body, sizes) for _ in range(rounds)]
    return min(runs, key=lambda run: run[0])


def _run(
    decoder: Decoder, body: bytes, sizes: Sequence[Size]
) -> tuple[float, ImageResult]:
    start = time.perf_counter()
    result = decoder.make_variants(body, sizes)
    return (time.perf_counter() - start) * 1_000, result
