"""`estimate`: what uploads like these would cost with this sizes.json."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from resize_on_upload.errors import Failed, Rejected
from tools import cost, local_files
from tools.engine import decoder
from tools.stack import cloudwatch
from tools.terminal import say, write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox
    from resize_on_upload.sizes.size import Size
    from tools.stack.deployment import Deployment

ROUNDS = 3
"""Runs of each file; the fastest counts, the first warms the decoder."""

MEMORY = (1_024, 1_536, cost.FULL_CORE, 3_008)


@dataclass(frozen=True, slots=True)
class Measured:
    """One file, or the mean of all: milliseconds of a core, bytes in and out."""

    milliseconds: float
    source_bytes: float
    written_bytes: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """US dollars for all uploads at one memory setting; storage is by the month."""

    memory: int
    seconds: float
    compute: float
    requests: float
    total: float
    storage: float


def of_files(
    files: Sequence[Path], sizes: Sequence[Size], *, uploads: int, as_json: bool
) -> bool:
    """Measure the files here and print the cost; True where one cannot be resized.

    Raises:
        UsageError: a folder has no image.
        EngineMissingError: ImageMagick cannot be loaded.
        OSError: a file cannot be read.
    """
    found = local_files.find(files)
    measured = list(_measured((file.path for file in found), sizes))
    if not measured:
        return True
    mean = _mean(measured)
    estimates = [_estimate(mean, len(sizes), uploads, memory) for memory in MEMORY]
    source, written = mean.source_bytes / 1e6, mean.written_bytes / 1e3
    head = (
        f"An upload: {source:.2f} MB, {mean.milliseconds:.0f} ms of a core of this "
        f"machine; its {len(sizes)} sizes: {written:.0f} kB in all"
    )
    foot = "Waiting for S3 is assumed, 70 ms; storage includes the originals."
    _print(head, foot, estimates, uploads, as_json=as_json)
    return len(measured) < len(found)


def of_deployed(
    deployment: Deployment, *, hours: int, uploads: int, as_json: bool
) -> bool:
    """Print the cost of uploads like those that came lately; never True."""
    past = cloudwatch.read(deployment, hours)
    mean = Measured(
        milliseconds=past.milliseconds / past.uploads,
        source_bytes=past.source_bytes / past.uploads,
        written_bytes=past.written_bytes / past.uploads,
    )
    sizes = past.sizes / past.uploads
    seconds = mean.milliseconds / 1_000
    estimate = _added_up(mean, seconds, sizes, uploads, past.memory)
    head = (
        f"The {past.uploads:,.0f} uploads of the last {hours} h, on average: "
        f"{mean.source_bytes / 1e6:.2f} MB, {mean.milliseconds:.0f} ms; "
        f"{sizes:.1f} sizes: {mean.written_bytes / 1e3:.0f} kB in all"
    )
    foot = "As the function measured it, cold starts left out."
    _print(head, foot, [estimate], uploads, as_json=as_json)
    return False


def _print(
    head: str, foot: str, estimates: Sequence[Estimate], uploads: int, *, as_json: bool
) -> None:
    if as_json:
        for estimate in estimates:
            write_json(asdict(estimate) | {"uploads": uploads})
    else:
        write(*_lines(head, foot, estimates, uploads))


def _measured(files: Iterable[Path], sizes: Sequence[Size]) -> Iterable[Measured]:
    box = decoder.sandbox()
    try:
        for file in files:
            body = file.read_bytes()
            try:
                yield _fastest(box, body, sizes)
            except Rejected as error:
                say(f"{file}: {error.code}: {error}")
            except Failed as error:
                say(f"{file}: the engine failed: {error}")
    finally:
        box.close()


def _fastest(box: Sandbox, body: bytes, sizes: Sequence[Size]) -> Measured:
    best, written = float("inf"), 0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        derived = box.make_variants(body, sizes)
        best = min(best, (time.perf_counter() - start) * 1_000)
        written = sum(len(variant.body) for variant in derived.variants)
    return Measured(best, len(body), written)


def _mean(measured: Sequence[Measured]) -> Measured:
    count = len(measured)
    return Measured(
        milliseconds=sum(one.milliseconds for one in measured) / count,
        source_bytes=sum(one.source_bytes for one in measured) / count,
        written_bytes=sum(one.written_bytes for one in measured) / count,
    )


def _estimate(mean: Measured, sizes: int, uploads: int, memory: int) -> Estimate:
    of_core = mean.milliseconds + cost.TRANSFER
    return _added_up(mean, cost.seconds(of_core, memory), sizes, uploads, memory)


def _added_up(
    mean: Measured, seconds: float, sizes: float, uploads: int, memory: int
) -> Estimate:
    compute = cost.compute(seconds, memory) * uploads
    requests = cost.requests(sizes) * uploads
    gigabytes = (mean.source_bytes + mean.written_bytes) * uploads / 1e9
    return Estimate(
        memory=memory,
        seconds=round(seconds, 3),
        compute=round(compute, 2),
        requests=round(requests, 2),
        total=round(compute + requests, 2),
        storage=round(gigabytes * cost.PRICES["s3_gb_month"], 2),
    )


def _lines(
    head: str, foot: str, estimates: Sequence[Estimate], uploads: int
) -> list[str]:
    prices = cost.PRICES
    lines = [
        head,
        (
            f"US$ for {uploads:,} uploads, list prices of {prices['region']}, "
            f"{prices['date']}, no free tier"
        ),
        "",
        (
            f"{'memory, MB':>10}{'seconds':>10}{'compute':>10}{'requests':>10}"
            f"{'in all':>10}{'storage a month':>18}"
        ),
    ]
    lines += [
        f"{one.memory:>10}{one.seconds:>10.3f}{one.compute:>10.2f}"
        f"{one.requests:>10.2f}{one.total:>10.2f}{one.storage:>18.2f}"
        for one in estimates
    ]
    return [*lines, "", foot]
