"""What `backfill --all` would start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from resize_on_upload_cli.costs import sweep_cost
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cli.actions.batch.filters import Filter
    from resize_on_upload_cli.costs.sweep_cost import Sweep
    from resize_on_upload_cli.stack.deployment import Deployment

_PRICED = 1_000_000
"""Originals of which the price is stated: their number is not known."""


@dataclass(frozen=True, slots=True)
class JobToStart:
    """A job for all originals.

    Attributes:
        original: The name of their bucket.
        wanted: Which originals.
        function: The name of the function that S3 invokes.
        price: If everything is up to date.
        expiration_days: After which S3 deletes a variant; None for never.
    """

    original: str
    wanted: Filter
    function: str
    price: Sweep
    expiration_days: int | None = None

    @classmethod
    def of(cls, stack: Deployment, wanted: Filter) -> Self:
        """Return the job for a stack."""
        memory = int(stack.function["MemorySize"])
        price = sweep_cost.of_sweep(_PRICED, len(stack.sizes), memory)
        return cls(
            stack.original,
            wanted,
            stack.backfill_function,
            price,
            stack.expiration_days,
        )

    def lines(self) -> list[str]:
        """Return what people read."""
        price = (
            f"Price of {plural(self.price.originals, 'original')} whose variants are "
            f"up to date: US$ {self.price.total:.2f}. Making variants costs more: "
            "`resize-on-upload estimate`."
        )
        return [
            f"S3 would list {self.original} and invoke {self.function}.",
            f"Which: {self.wanted.description()}.",
            price,
            *self._warnings(),
        ]

    def _warnings(self) -> Iterator[str]:
        """The function does not know of S3's rule, and the list has no age."""
        if self.expiration_days and not self.wanted.created_after:
            yield (
                f"S3 deletes variants after {plural(self.expiration_days, 'day')}; "
                "those of all older originals would be made again. "
                "--created-after leaves them out."
            )

    def document(self) -> dict[str, Any]:
        """Return what programs read."""
        return {
            "bucket": self.original,
            "filter": self.wanted.document(),
            "function": self.function,
            "price": self.price.document(),
        }
