"""The project's targets for speed and memory, and whether measurements meet them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bench.speed.contest import PILLOW, SHARP, THIS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Row = Mapping[str, Any]

THREE, FOUR = "3 sizes", "4 widths"
LARGE, MEDIUM, SMALL = "JPEG 12-48 MP", "JPEG 6-8 MP, rotated too", "JPEG 2-4 MP"
PROGRESSIVE, WEBP, GIF = "progressive JPEG", "WebP", "animated GIF"
PNG_PHOTO, PNG_SCREEN = "PNG photo, RGB and RGBA", "PNG screenshot"
HEIC, AVIF = "HEIC", "AVIF"
HUGE = {name: f"49 MP {name}" for name in ("JPEG", "PNG", "WebP", "TIFF")}


@dataclass(frozen=True, slots=True)
class Target:
    """The most that a kind of image may take, for three sizes and for four widths.

    Attributes:
        kind: Of the images.
        cpu: Ratio of CPU time to the base's, by set of sizes.
        peak: Ratio of peak memory to the base's, likewise.
        decoder_mb: Peak memory of the decoder alone, likewise.
        base: The engine to compare with.
    """

    kind: str
    cpu: tuple[float, ...] = ()
    peak: tuple[float, ...] = ()
    decoder_mb: tuple[float, ...] = ()
    base: str = SHARP


TARGETS = (
    Target(LARGE, (0.38, 0.48), (0.60, 0.60)),
    Target(MEDIUM, (0.40, 0.55), (0.60, 0.60)),
    Target(SMALL, (0.45, 0.70), (0.60, 0.60)),
    Target(PROGRESSIVE, (0.13, 0.30), (0.28, 0.30)),
    Target(PNG_PHOTO, (0.60, 0.75), (0.50, 0.50)),
    Target(PNG_SCREEN, (0.70, 0.75), (0.50, 0.50)),
    Target(WEBP, (0.50, 0.55), (1.2, 0.8)),
    Target(GIF, (0.26,), (0.60,)),
    Target(HEIC, (1.1, 1.1), base=PILLOW),
    *(Target(kind, decoder_mb=(120, 160)) for kind in HUGE.values()),
)


def table(rows: Sequence[Row]) -> Iterator[str]:
    """A line per target that was measured, by its worst image, on one core."""
    yield f"| | {THREE} | target | | {FOUR} | target | |"
    yield "|---|---|---|---|---|---|---|"
    for target in TARGETS:
        cells = [
            cell
            for number, sizes in enumerate((THREE, FOUR))
            for cell in _cells(target, number, _chosen(rows, target.kind, sizes))
        ]
        if any(cells):
            base = f", to {target.base}" if target.base != SHARP else ""
            decoder = ", decoder's MB" if target.decoder_mb else ""
            yield f"| {target.kind}{base}{decoder} | {' | '.join(cells)} |"


def _chosen(rows: Sequence[Row], kind: str, sizes: str) -> list[Mapping[str, Any]]:
    return [
        row["engines"]
        for row in rows
        if (row["kind"], row["sizes"], row["cores"]) == (kind, sizes, 1)
    ]


def _cells(
    target: Target, number: int, engines: Sequence[Mapping[str, Any]]
) -> tuple[str, str, str]:
    """What was measured, the target, and whether it is met."""
    limits = (target.cpu, target.peak, target.decoder_mb)
    wanted = [values[number] if values[number:] else None for values in limits]
    if not engines or wanted == [None, None, None]:
        return "", "", ""
    found = [
        max(_value(each, target.base, what) for each in engines)
        if limit is not None
        else None
        for what, limit in zip(("cpu", "peak_mb", "decoder_mb"), wanted, strict=True)
    ]
    pairs = [(f, w) for f, w in zip(found, wanted, strict=True) if f and w]
    is_met = all(round(value, 2) <= limit for value, limit in pairs)
    return (
        " / ".join(_text(value) for value, _ in pairs),
        " / ".join(_text(limit) for _, limit in pairs),
        "met" if is_met else "**not met**",
    )


def _value(engines: Mapping[str, Any], base: str, what: str) -> float:
    measured = float(engines[THIS][what])
    return measured if what == "decoder_mb" else measured / engines[base][what]


def _text(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.0f}"
