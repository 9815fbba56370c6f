"""What settings add to the price of uploads: the sweep, the queue, the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.costs import intake_cost, sweep_cost, tables_cost

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cli.costs.intake_cost import Queue
    from resize_on_upload_cli.costs.sweep_cost import Sweep
    from resize_on_upload_cli.costs.tables_cost import Tables


_CENT = 0.01


@dataclass(frozen=True, slots=True)
class Added:
    """The price of each of these settings.

    Attributes:
        sweep: A job for as many originals.
        queue: The intake of the uploads.
        tables: Of the uploads' originals and variants.
    """

    sweep: Sweep
    queue: Queue
    tables: Tables

    def document(self) -> dict[str, Any]:
        """The keys that it adds to a row in JSON."""
        return {
            "sweep": self.sweep.document(),
            "intake": self.queue.document(),
            "tables": self.tables.document(),
        }

    def lines(self) -> Iterator[str]:
        """Return it for people."""
        sweep, queue, tables = self.sweep, self.queue, self.tables
        yield (
            f"A sweep of {sweep.originals:,} originals that are up to date: job "
            f"{sweep.job:.2f}, compute {sweep.compute:.2f}, requests "
            f"{sweep.requests:.2f}; total {sweep.total:.2f}"
        )
        yield f"Every week (sweep=weekly): {sweep.month:.2f} per month."
        yield (
            f"With a queue (intake=queue): {queue.alone:.2f} more, or "
            f"{queue.burst:.2f} in a burst; {queue.month:.2f} per month if empty."
        )
        yield (
            f"With tables (inventoryTables=true): {tables.uploads:.2f} more, and "
            f"{tables.month:.2f} per month of storage; a query {_cents(tables.query)}."
        )
        yield (
            f"Tables of {sweep.originals:,} originals that exist already: "
            f"{tables.once:.2f}, once."
        )


def of_settings(uploads: int, written: float, looked_for: float, memory: int) -> Added:
    """Return the price of the settings for a number of uploads.

    Args:
        uploads: Their number.
        written: Variants written per upload.
        looked_for: Variants that a sweep looks for per original.
        memory: Of the function, in MB.
    """
    return Added(
        sweep_cost.of_sweep(uploads, looked_for, memory),
        intake_cost.of_queue(uploads),
        tables_cost.of_tables(uploads, written),
    )


def _cents(dollars: float) -> str:
    return f"{dollars:.2f}" if dollars >= _CENT else f"less than {_CENT}"
