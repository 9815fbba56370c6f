"""`estimate`: estimate what uploads cost on AWS."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes.size import REQUEST
from tools import arguments, cost, delivery_cost, local_files, sizes_file, view_cost
from tools.errors import ExitCode
from tools.terminal import plural, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from tools.cost import Estimate
    from tools.delivery_cost import Choice
    from tools.view_cost import Views

DESCRIPTION = """\
Estimate what uploads cost on AWS. With files: uploads like these, which are measured on
this machine. Without: uploads like the latest ones, as the deployed function measured
them. Also compare making variants at upload and on request, and price a million views.

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


@dataclass(frozen=True, slots=True)
class Row:
    """The costs at one memory setting.

    Attributes:
        choices: Made at upload or on request: each size, then all.
    """

    estimate: Estimate
    choices: Sequence[Choice]


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
    upload = mean.upload
    core_ms = upload.milliseconds + cost.TRANSFER_MS
    manifest = any(size.suffix for size in sizes)
    rows = []
    for memory in _MEMORY:
        seconds = cost.billed_seconds(core_ms, memory)
        estimate = cost.estimate(upload, seconds, memory, uploads=options.uploads)
        choices = delivery_cost.of_sizes(
            mean.sizes, mean.together_ms, memory, manifest=manifest
        )
        rows.append(Row(estimate, choices))
    head = (
        f"An upload: {upload.source_bytes / 1e6:.2f} MB, {upload.milliseconds:.0f} ms "
        f"of a core of this machine; its {plural(round(upload.variants), 'variant')}: "
        f"{_kilobytes(upload.written_bytes)} in total"
    )
    foot = "Waiting for S3 is assumed, 70 ms; storage includes the originals."
    mean_bytes = sum(size.bytes for size in mean.sizes) / len(mean.sizes)
    _print([head, foot], rows, view_cost.of_views(mean_bytes), options)
    return ExitCode.SUCCESS if len(measured) == len(files) else ExitCode.WORK_LEFT


def _of_deployed(options: argparse.Namespace) -> int:
    from tools.stack import cloudwatch, deployment

    stack = deployment.find(options)
    recent = cloudwatch.recent_uploads(stack, options.hours)
    looked_for = sum(size.make == REQUEST for size in stack.sizes)
    manifest = any(size.suffix for size in stack.sizes)
    mean = replace(recent.mean, looked_for=looked_for)
    estimate = cost.estimate(
        mean, mean.milliseconds / 1_000, recent.memory, uploads=options.uploads
    )
    choice = delivery_cost.of_uploads(mean, recent.memory, manifest=manifest)
    head = (
        f"The {recent.uploads:,.0f} uploads of the last {options.hours} h, on average: "
        f"{mean.source_bytes / 1e6:.2f} MB, {mean.milliseconds:.0f} ms; "
        f"{mean.variants:.1f} variants: {_kilobytes(mean.written_bytes)} in total"
    )
    foot = "As measured by the function, without cold starts."
    views = view_cost.of_views(mean.written_bytes / max(mean.variants, 1.0))
    rows = [Row(estimate, [choice] if choice else [])]
    _print([head, foot], rows, views, options)
    return ExitCode.SUCCESS


def _kilobytes(count: float) -> str:
    return f"{count / 1e3:.0f} kB"


def _print(
    about: Sequence[str], rows: Sequence[Row], views: Views, options: argparse.Namespace
) -> None:
    """Print the rows; `about` is what is above and below their first table."""
    if options.json:
        for row in rows:
            write_json(_document(row, views, options.uploads))
        return
    head, foot = about
    prices = cost.PRICES
    write(
        head,
        f"US$ for {options.uploads:,} uploads, list prices of {prices['region']}, "
        f"{prices['date']}, no free tier",
        "",
        *_table(row.estimate for row in rows),
        "",
        foot,
        "",
    )
    row = next((row for row in rows if row.estimate.memory == cost.FULL_CORE), rows[0])
    write(*_delivery(row, views, options.uploads))


def _document(row: Row, views: Views, uploads: int) -> dict[str, Any]:
    delivery = {
        "months": delivery_cost.MONTHS,
        "sizes": [choice.document(uploads) for choice in row.choices],
        "views": views.document(),
    }
    return asdict(row.estimate) | {"uploads": uploads, "delivery": delivery}


def _table(estimates: Iterable[Estimate]) -> list[str]:
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


def _delivery(row: Row, views: Views, uploads: int) -> Iterable[str]:
    """Compare making variants at upload and on request; say what views cost."""
    if row.choices:
        yield (
            f"Made at upload or on request (delivery), at {row.estimate.memory} MB, "
            f"with {delivery_cost.MONTHS} months of storage:"
        )
        yield ""
        columns = f"{'kB':>8}{'at upload':>11}{'on request':>12}"
        yield f"{'':<16}{columns}   on request is cheaper"
        yield from (_choice(choice, uploads) for choice in row.choices)
        yield ""
        yield (
            "On request: if every variant is viewed. Each takes "
            f"{row.choices[-1].seconds:.2f} s, a PUT and {delivery_cost.REQUEST_READS} "
            "reads of S3."
        )
    yield (
        f"{views.views:,} views of {views.bytes / 1e3:.1f} kB from CloudFront: "
        f"requests {views.requests:.2f}, transfer {views.transfer:.2f}, edge function "
        f"{views.edge_function:.2f}; total {views.total:.2f}"
    )
    yield (
        f"With a firewall: {views.firewall:.2f} more, and "
        f"{view_cost.firewall_dollars():.2f} per month."
    )


def _choice(choice: Choice, uploads: int) -> str:
    at_upload, on_request = choice.at_upload * uploads, choice.on_request * uploads
    share = f"if fewer than {choice.share * 100:.0f} % are viewed"
    return (
        f"{choice.name:<16}{choice.bytes / 1e3:>8.1f}{at_upload:>11.2f}"
        f"{on_request:>12.2f}   {share if choice.share < 1 else 'always'}"
    )
