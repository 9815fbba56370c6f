"""An estimate as it is printed: for people, or one line of JSON per memory size."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.costs import delivery_cost, idle_cost, upload_cost, view_cost
from resize_on_upload_cli.costs.prices import PRICES
from resize_on_upload_cli.estimates import added, memory
from resize_on_upload_cli.terminal import write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resize_on_upload_cli.costs.delivery_cost import Choice
    from resize_on_upload_cli.costs.upload_cost import Estimate
    from resize_on_upload_cli.costs.view_cost import Views
    from resize_on_upload_cli.estimates.added import Added
    from resize_on_upload_cli.estimates.memory import MemoryChoice


@dataclass(frozen=True, slots=True)
class Row:
    """The costs at one memory setting.

    Attributes:
        estimate: Of the uploads.
        choices: Made at upload or on request: each size, then all.
        memory: Whether this memory size is recommended; None if it is not compared.
    """

    estimate: Estimate
    choices: Sequence[Choice]
    memory: MemoryChoice | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """All that is estimated.

    Attributes:
        head, foot: The lines above and below the first table.
        rows: One per memory size.
        views: What views of the variants cost.
        uploads: The number that is priced.
        written: Variants that are written, per upload.
        swept: Variants that a sweep looks for, per original.
    """

    head: str
    foot: Sequence[str]
    rows: Sequence[Row]
    views: Views
    uploads: int
    written: float
    swept: float

    def added(self, row: Row) -> Added:
        """What settings add to the price of the uploads."""
        return added.of_settings(
            self.uploads, self.written, self.swept, row.estimate.memory
        )


def write_documents(report: Report) -> None:
    """Print one JSON document per memory size."""
    for row in report.rows:
        document = _document(row, report.views, report.uploads)
        idle = {"idle": idle_cost.of_stack().document()}
        write_json("estimate", document | report.added(row).document() | idle)


def write_tables(report: Report) -> None:
    """Print the tables for people."""
    rows = report.rows
    write(
        report.head,
        f"US$ for {report.uploads:,} uploads, list prices of {PRICES['region']}, "
        f"{PRICES['date']}, no free tier",
        "",
        *_table(rows),
        "",
        *_recommended([row.memory for row in rows if row.memory]),
        *report.foot,
        "",
    )
    row = next(
        (row for row in rows if row.estimate.memory == upload_cost.FULL_CORE), rows[0]
    )
    write(*_delivery(row, report.views, report.uploads), *report.added(row).lines())
    write(_idle())


def _idle() -> str:
    idle = idle_cost.of_stack()
    return (
        f"A stack without uploads: alarms {idle.alarms:.2f}, dashboard "
        f"{idle.dashboard:.2f}, image {idle.image:.2f}; total {idle.total:.2f} per "
        "month."
    )


def _document(row: Row, views: Views, uploads: int) -> dict[str, Any]:
    delivery = {
        "months": delivery_cost.MONTHS,
        "sizes": [choice.document(uploads) for choice in row.choices],
        "views": views.document(),
    }
    added = row.memory.document() if row.memory else {}
    return asdict(row.estimate) | added | {"uploads": uploads, "delivery": delivery}


def _table(rows: Iterable[Row]) -> Iterator[str]:
    yield (
        f"{'memory, MB':>10}{'up to, MP':>11}{'seconds':>10}{'compute':>10}"
        f"{'requests':>10}{'total':>10}{'storage/month':>16}"
    )
    for row in rows:
        one = row.estimate
        too_small = row.memory is not None and not row.memory.fits
        yield (
            f"{one.memory:>10}{memory.megapixels(one.memory):>11.0f}{one.seconds:>10.3f}"
            f"{one.compute:>10.2f}{one.requests:>10.2f}{one.total:>10.2f}"
            f"{one.storage:>16.2f}{'  too small' if too_small else ''}"
        )


def _recommended(choices: Sequence[MemoryChoice]) -> Iterator[str]:
    """Two sentences: which memory to deploy with."""
    if not choices:
        return
    if not any(choice.fits for choice in choices):
        yield "No memory size in the table fits these images."
    for choice in choices:
        if choice.cheapest and choice.fastest:
            yield _sentence("Cheapest, and the fastest within reason", choice)
        elif choice.cheapest:
            yield _sentence("Cheapest", choice)
    for choice in choices:
        if choice.fastest and not choice.cheapest:
            yield _sentence("Fastest within reason", choice)
    yield ""


def _sentence(what: str, choice: MemoryChoice) -> str:
    return (
        f"{what}: cdk deploy -c memorySize={choice.memory} ({choice.seconds:.2f} s; "
        f"US$ {choice.dollars * 1_000:.4f} for 1,000 uploads)."
    )


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
