"""`estimate`: estimate what uploads cost on AWS."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload.sizes.size import REQUEST
from resize_on_upload_cli import arguments, local_files, sizes_file
from resize_on_upload_cli.costs import delivery_cost, upload_cost, view_cost
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.estimates import memory
from resize_on_upload_cli.estimates.memory import Needs
from resize_on_upload_cli.estimates.report import (
    Report,
    Row,
    write_documents,
    write_tables,
)
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from resize_on_upload_cli.engine.measure import Measured

DESCRIPTION = """\
Estimate what uploads cost on AWS. With files: uploads like these, which are measured on
this machine. Without: uploads like the latest ones, as the deployed function measured
them. With files, also recommend a memory size: the cheapest, and the fastest that costs
at most 1.5 times as much. Compare making variants at upload and on request, and price a
million views.

Changes nothing.
"""
EXAMPLES = """\
examples:
  resize-on-upload estimate photo.jpg
  resize-on-upload estimate --hours 168 --uploads 50000
"""

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
    from resize_on_upload_cli.engine import measure

    sizes = sizes_file.load(options.sizes)
    files = local_files.find(options.files)
    measured = measure.measure((file.path for file in files), sizes)
    if not measured:
        return ExitCode.WORK_LEFT
    mean = measure.mean(measured)
    upload = mean.upload
    manifest = any(size.suffix for size in sizes)
    mean_bytes = sum(size.bytes for size in mean.sizes) / len(mean.sizes)
    report = Report(
        head=f"An upload: {upload.source_bytes / 1e6:.2f} MB, "
        f"{upload.milliseconds:.0f} ms of a core of this machine; its "
        f"{plural(round(upload.variants), 'variant')}: "
        f"{_kilobytes(upload.written_bytes)} in total",
        foot=_foot(mean),
        rows=list(_rows(mean, options.uploads, manifest=manifest)),
        views=view_cost.of_views(mean_bytes),
        uploads=options.uploads,
        written=upload.variants,
        swept=upload.variants + upload.looked_for,
    )
    _print(report, options)
    return ExitCode.SUCCESS if len(measured) == len(files) else ExitCode.WORK_LEFT


def _rows(mean: Measured, uploads: int, *, manifest: bool) -> Iterator[Row]:
    upload = mean.upload
    needs = Needs(
        one_core_ms=upload.milliseconds,
        two_cores_ms=mean.two_cores_ms,
        variants=upload.variants,
        looked_for=upload.looked_for,
        pixels=mean.pixels,
        peak_mb=mean.peak_mb,
    )
    for choice in memory.choices(needs):
        megabytes = choice.memory
        estimate = upload_cost.estimate(
            upload, choice.seconds, megabytes, uploads=uploads
        )
        choices = delivery_cost.of_sizes(
            mean.sizes, mean.together_ms, megabytes, manifest=manifest
        )
        yield Row(estimate, choices, choice)


def _foot(mean: Measured) -> list[str]:
    if mean.two_cores_ms is None:
        second = "More than one core could not be measured here."
    else:
        second = f"On two cores, the upload takes {mean.two_cores_ms:.0f} ms."
    return [second, "Waiting for S3 is assumed, 70 ms; storage includes the originals."]


def _of_deployed(options: argparse.Namespace) -> int:
    from resize_on_upload_cli.stack import cloudwatch, deployment

    stack = deployment.find(options)
    recent = cloudwatch.recent_uploads(stack, options.hours)
    looked_for = sum(size.make == REQUEST for size in stack.sizes)
    manifest = any(size.suffix for size in stack.sizes)
    mean = replace(recent.mean, looked_for=looked_for)
    estimate = upload_cost.estimate(
        mean, mean.milliseconds / 1_000, recent.memory, uploads=options.uploads
    )
    choice = delivery_cost.of_uploads(mean, recent.memory, manifest=manifest)
    report = Report(
        head=f"The {recent.uploads:,.0f} uploads of the last {options.hours} h, on "
        f"average: {mean.source_bytes / 1e6:.2f} MB, {mean.milliseconds:.0f} ms; "
        f"{mean.variants:.1f} variants: {_kilobytes(mean.written_bytes)} in total",
        foot=["As measured by the function, without cold starts."],
        rows=[Row(estimate, [choice] if choice else [])],
        views=view_cost.of_views(mean.written_bytes / max(mean.variants, 1.0)),
        uploads=options.uploads,
        written=mean.variants,
        swept=len(stack.sizes),
    )
    _print(report, options)
    return ExitCode.SUCCESS


def _kilobytes(count: float) -> str:
    return f"{count / 1e3:.0f} kB"


def _print(report: Report, options: argparse.Namespace) -> None:
    if options.json:
        write_documents(report)
    else:
        write_tables(report)
