"""Which memory size suits images like the measured ones, by cost and by time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from resize_on_upload.dependencies import FUNCTION_MEMORY_MB, max_pixels
from resize_on_upload_cli.costs import upload_cost
from resize_on_upload_cli.costs.upload_cost import FULL_CORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SIZES = (512, 1_024, 1_536, FULL_CORE, 2_560, 3_008, 2 * FULL_CORE)
"""MB; with more, a function has more than the two cores that are measured."""

_MARGIN = 1.25
"""Of the decoder's measured peak: later images may need more."""

_REASONABLE = 1.5
"""Times the cost of the cheapest memory size, for less time."""

_AS_FAST = 1.1
"""Times the shortest time: no reason to pay for more memory."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the images need.

    Attributes:
        one_core_ms: Milliseconds of an average upload on one core.
        two_cores_ms: The same on two; None if it is not known.
        variants: That an average upload writes.
        looked_for: Variants that it only looks for.
        pixels: Of the largest image.
        peak_mb: The decoder's peak memory.
    """

    one_core_ms: float
    two_cores_ms: float | None
    variants: float
    looked_for: float
    pixels: int
    peak_mb: float


@dataclass(frozen=True, slots=True)
class MemoryChoice:
    """One memory size.

    Attributes:
        memory: In MB.
        seconds: Billed per upload, and about what it takes.
        dollars: Of compute and requests per upload.
        fits: Whether it is enough for the largest image, with a margin.
        cheapest: Whether it is the cheapest that fits.
        fastest: Whether it is the fastest within reason.
    """

    memory: int
    seconds: float
    dollars: float
    fits: bool
    cheapest: bool = False
    fastest: bool = False

    def document(self) -> dict[str, Any]:
        """The keys that it adds to a row in JSON."""
        return {
            "max_megapixels": megapixels(self.memory),
            "fits": self.fits,
            "cheapest": self.cheapest,
            "fastest_within_reason": self.fastest,
        }


def megapixels(memory: int) -> float:
    """The largest image that a function with this memory accepts."""
    return max_pixels(memory) / 1e6


def choices(needs: Needs) -> list[MemoryChoice]:
    """Every memory size; two of them, or one twice, are recommended."""
    found = [_choice(needs, memory) for memory in SIZES]
    fitting = [choice for choice in found if choice.fits]
    if not fitting:
        return found
    cheapest, fastest = _cheapest(fitting), _fastest(fitting)
    return [
        replace(one, cheapest=one is cheapest, fastest=one is fastest) for one in found
    ]


def _choice(needs: Needs, memory: int) -> MemoryChoice:
    seconds = upload_cost.billed_seconds(_milliseconds(needs, memory), memory)
    dollars = upload_cost.compute_dollars(seconds, memory)
    dollars += upload_cost.request_dollars(needs.variants, needs.looked_for)
    needed = FUNCTION_MEMORY_MB + _MARGIN * needs.peak_mb
    fits = needs.pixels <= max_pixels(memory) and needed <= memory
    return MemoryChoice(memory, seconds, dollars, fits)


def _milliseconds(needs: Needs, memory: int) -> float:
    """Those of a core, less what a second one saves.

    What can be done side by side takes a share of the time that shrinks with the cores,
    also with one and a half (Amdahl's law).
    """
    one, two = needs.one_core_ms, needs.two_cores_ms
    cores = min(max(memory / FULL_CORE, 1.0), 2.0)
    saved = max(one - two, 0.0) if two is not None else 0.0
    return upload_cost.TRANSFER_MS + one - saved * 2 * (1 - 1 / cores)


def _cheapest(choices: Iterable[MemoryChoice]) -> MemoryChoice:
    return min(choices, key=lambda choice: (choice.dollars, choice.seconds))


def _fastest(choices: Sequence[MemoryChoice]) -> MemoryChoice:
    """The cheapest of those that are about as fast as the fastest affordable one."""
    most = _REASONABLE * _cheapest(choices).dollars
    affordable = [choice for choice in choices if choice.dollars <= most]
    shortest = min(choice.seconds for choice in affordable)
    return _cheapest(c for c in affordable if c.seconds <= _AS_FAST * shortest)
