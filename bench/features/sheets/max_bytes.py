"""The same photo within ever more bytes, with the quality that was found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.features.sheet import Cell, Sheet
from bench.folders import SHARED

if TYPE_CHECKING:
    from bench.features.engine import Engine

PHOTO = "j12_d90.jpg"
WIDTH = 480
LIMITS = (5_000, 10_000, 20_000, 40_000)
FORMATS = {"jpeg": 82, "webp": 80, "avif": 60}  # with their default qualities
MIN_QUALITY = 20


def sheet(engine: Engine) -> Sheet | None:
    """One row a format."""
    photo = SHARED / "photos" / PHOTO
    if not photo.exists():
        return None
    rows = (_row(engine, photo.read_bytes(), fmt) for fmt in FORMATS)
    return Sheet("maxBytes: the highest quality that fits", tuple(rows))


def _row(engine: Engine, photo: bytes, fmt: str) -> tuple[Cell, ...]:
    limits = [
        {"geometry": f"{WIDTH}x", "name": f"w{most}", "format": fmt, "maxBytes": most}
        for most in LIMITS
    ]
    made = engine.make(photo, {"sizes": limits})
    qualities = _qualities(engine, photo, fmt)
    return tuple(
        Cell(body, f"{fmt}, maxBytes {most:,}\n{_found(body, most, qualities)}")
        for body, most in zip(made, LIMITS, strict=True)
    )


def _qualities(engine: Engine, photo: bytes, fmt: str) -> dict[bytes, int]:
    """The quality of each file that the format's encoder may have written."""
    tried = range(MIN_QUALITY, FORMATS[fmt] + 1)
    sizes = [
        {"geometry": f"{WIDTH}x", "name": f"q{one}", "format": fmt, "quality": one}
        for one in tried
    ]
    made = [
        body
        for start in range(0, len(sizes), 50)
        for body in engine.make(photo, {"sizes": sizes[start : start + 50]})
    ]
    return dict(zip(made, tried, strict=True))


def _found(body: bytes, most: int, qualities: dict[bytes, int]) -> str:
    exceeded = ", more than maxBytes" if len(body) > most else ""
    return f"{len(body):,} bytes, quality {qualities[body]}{exceeded}"
