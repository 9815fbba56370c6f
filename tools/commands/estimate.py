"""`estimate`: estimate what uploads cost on AWS."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from tools import arguments, cost, local_files, sizes_file
from tools.errors import ExitCode
from tools.terminal import write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from tools.cost import Estimate, MeanUpload

DESCRIPTION = """\
Estimate what uploads cost on AWS: like local files, which are measured on this machine,
or, without files, like the latest ones that the deployed function processed.

Changes nothing.
"""
EXAMPLES = """\
examples:
  resize-on-upload estimate photo.jpg
  resize-on-upload estimate --hours 168 --uploads 50000
"""

_MEMORY = (1_024, 1_536, cost.FULL_CORE, 3_008)
_HOURS, _MAX_HOURS = 24, 1_440
"""CloudWatch returns no more points at once:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html"""
_UPLOADS, _MAX_UPLOADS = 1_000_000, 1_000_000_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="*", type=Path, metavar="FILE",
        help="a file to measure, or a folder: the images in it (default: measure "
        "nothing, and use the deployed function's latest uploads)",
    )  # fmt: skip
    parser.add_argument(
        "--hours", type=arguments.whole_number(_MAX_HOURS), default=_HOURS, metavar="N",
        help=f"use the uploads of the last N hours (default: {_HOURS})",
    )  # fmt: skip
    parser.add_argument(
        "--uploads", type=arguments.whole_number(_MAX_UPLOADS), default=_UPLOADS,
        metavar="N", help=f"number of uploads to price (default: {_UPLOADS})",
    )  # fmt: skip
    arguments.add_sizes(parser, "the sizes to make of the files")
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Print the estimate."""
    return _of_files(options) if options.files else _of_deployed(options)


def _of_files(options: argparse.Namespace) -> int:
    from tools.engine import measure

    sizes = sizes_file.load(options.sizes)
    files = local_files.find(options.files)
    measured = measure.measure((file.path for file in files), sizes)
    if not measured:
        return ExitCode.WORK_LEFT
    mean = measure.mean(measured)
    core_ms = mean.milliseconds + cost.TRANSFER_MS
    estimates = [
        cost.estimate(
            mean,
            cost.billed_seconds(core_ms, memory),
            memory,
            uploads=options.uploads,
        )
        for memory in _MEMORY
    ]
    head = (
        f"An upload: {mean.source_bytes / 1e6:.2f} MB, {mean.milliseconds:.0f} ms of a "
        f"core of this machine; its {len(sizes)} variants: {_kilobytes(mean)} in total"
    )
    foot = "Waiting for S3 is assumed, 70 ms; storage includes the originals."
    _print(head, foot, estimates, options)
    return ExitCode.SUCCESS if len(measured) == len(files) else ExitCode.WORK_LEFT


def _of_deployed(options: argparse.Namespace) -> int:
    from tools.stack import cloudwatch, deployment

    recent = cloudwatch.recent_uploads(deployment.find(options), options.hours)
    mean = recent.mean
    estimate = cost.estimate(
        mean, mean.milliseconds / 1_000, recent.memory, uploads=options.uploads
    )
    head = (
        f"The {recent.uploads:,.0f} uploads of the last {options.hours} h, on average: "
        f"{mean.source_bytes / 1e6:.2f} MB, {mean.milliseconds:.0f} ms; "
        f"{mean.variants:.1f} variants: {_kilobytes(mean)} in total"
    )
    foot = "As measured by the function, without cold starts."
    _print(head, foot, [estimate], options)
    return ExitCode.SUCCESS


def _kilobytes(mean: MeanUpload) -> str:
    return f"{mean.written_bytes / 1e3:.0f} kB"


def _print(
    head: str, foot: str, estimates: Sequence[Estimate], options: argparse.Namespace
) -> None:
    if options.json:
        for estimate in estimates:
            write_json(asdict(estimate) | {"uploads": options.uploads})
        return
    prices = cost.PRICES
    write(
        head,
        f"US$ for {options.uploads:,} uploads, list prices of {prices['region']}, "
        f"{prices['date']}, no free tier",
        "",
        *_table(estimates),
        "",
        foot,
    )


def _table(estimates: Sequence[Estimate]) -> list[str]:
    heading = (
        f"{'memory, MB':>10}{'seconds':>10}{'compute':>10}{'requests':>10}"
        f"{'total':>10}{'storage/month':>16}"
    )
    rows = [
        f"{one.memory:>10}{one.seconds:>10.3f}{one.compute:>10.2f}"
        f"{one.requests:>10.2f}{one.total:>10.2f}{one.storage:>16.2f}"
        for one in estimates
    ]
    return [heading, *rows]
