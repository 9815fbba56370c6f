"""Finished frames → a variant: checked against its format, encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from ...errors import ResultTooLarge
from ..codecs.fitting import encode_to_fit
from ..imagemagick.dominant_color import dominant_color
from ..imagemagick.thumbhash import thumbhash
from ..output import siblings
from ..results import Variant

if TYPE_CHECKING:
    from ...sizes.size import Size
    from ..imagemagick import magick
    from ..output.output import Output


class InTurn:
    """Encodes one variant after another."""

    def __init__(self) -> None:
        """Start with none."""
        self._made: dict[Size, Variant] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def add(self, frames: magick.Image, output: Output) -> None:
        """Encode all frames of a variant, and close them.

        Raises:
            ResultTooLarge: the format cannot hold it.
        """
        fallback = self._made.get(output.size.fallback_size)
        self._made[output.size] = make(frames, output, fallback)

    def variants(self) -> dict[Size, Variant]:
        """All variants, in the order in which they were added."""
        return self._made


def make(frames: magick.Image, output: Output, fallback: Variant | None) -> Variant:
    """Encode all frames of a variant, and close them.

    Args:
        frames: What to encode.
        output: How.
        fallback: The variant that a sibling is compared with.

    Raises:
        ResultTooLarge: the format cannot hold it.
    """
    with frames:
        check_fits(frames, output)
        size = output.size
        color = dominant_color(frames) if size.suffix else None
        hashed = thumbhash(frames) if size.suffix else None
        width, height = frames.size  # before the GIF encoder crops frames
        most = siblings.max_bytes(size, fallback)
        body, quality = encode_to_fit(frames, output, most)
    return Variant(
        size=size,
        content_type=output.format.content_type,
        width=width,
        height=height,
        body=body,
        quality=quality,
        color=color,
        thumbhash=hashed,
    )


def check_fits(frames: magick.Image, output: Output) -> None:
    """Check a variant against its format: one that is not resized may have any size.

    Raises:
        ResultTooLarge: the format cannot hold it.
    """
    max_side, size = output.format.max_side, output.size
    if max_side and max(frames.size) > max_side:
        msg = (
            f"{size.geometry.text!r} leaves {frames.width}x{frames.height} pixels; at "
            f"most {max_side} per side can be written as {output.format.name}. Use a "
            'smaller geometry or another "format"'
        )
        raise ResultTooLarge(msg)
