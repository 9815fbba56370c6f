"""What a gallery shows, before it is written as HTML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from resize_on_upload.sizes import geometry
from resize_on_upload.sizes.size import Size
from resize_on_upload_cli.engine.gallery.cures import CURES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resize_on_upload.imaging.results import ImageResult

THUMBNAIL = Size(
    name="preview",
    geometry=geometry.parse("480x480>"),
    format="webp",
    quality=75,
    animation="keep-or-first",
)
"""How an original is shown."""


@dataclass(frozen=True, slots=True)
class GalleryItem:
    """A variant to show.

    Attributes:
        size: The name of its size.
        url_path: That of its URL; empty if it has none.
        file: Its file, relative to the page, percent-encoded.
        notes: What else to say of it.
    """

    size: str
    body: bytes
    content_type: str
    width: int
    height: int
    url_path: str = ""
    file: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an original has no variants.

    Attributes:
        code: The reason of a rejection; empty for a failure.
        cause: A sentence.
    """

    code: str
    cause: str

    @property
    def cure(self) -> str:
        """What to do, or nothing."""
        return CURES.get(self.code, "")


@dataclass(frozen=True, slots=True)
class Row:
    """An original and its variants, or why there are none.

    Attributes:
        bytes: The size of the original.
        original: The original as a THUMBNAIL; None if there are no variants.
        file: The original, relative to the page, percent-encoded.
        milliseconds: The engine's time.
        facts: What the engine did with it.
    """

    title: str
    bytes: int = 0
    original: ImageResult | None = None
    items: Sequence[GalleryItem] = ()
    problem: Problem | None = None
    file: str = ""
    milliseconds: float = 0.0
    facts: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Gallery:
    """Everything on the page.

    Attributes:
        sizes: Name → what the size makes; a column each, in this order.
        engine: Its name and version.
        credits: Whose photos these are.
    """

    rows: Sequence[Row]
    sizes: dict[str, str]
    engine: str
    credits: Sequence[str] = ()

    def without_links(self) -> Gallery:
        """Return the same without links to originals."""
        return replace(self, rows=[replace(row, file="") for row in self.rows])

    @property
    def items(self) -> list[GalleryItem]:
        """Every variant."""
        return [item for row in self.rows for item in row.items]

    @property
    def made(self) -> list[Row]:
        """The originals with variants."""
        return [row for row in self.rows if row.problem is None]
