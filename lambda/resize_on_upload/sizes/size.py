"""One size of the configuration: its options, its keys and its dimensions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from .dimensions import dimensions
from .geometry import Geometry
from .geometry import parse as parse_geometry
from .key_patterns import ALL_KEYS, KeyPatterns

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .focus import Focus
    from .watermarks.watermark import Watermark

MAX_KEY_BYTES = 1_024
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


MAKE = (UPLOAD, REQUEST) = ("upload", "request")
"""When a variant is made: after the upload, or when a viewer first asks for it."""


HDR = (DROP, KEEP) = ("drop", "keep")
"""What becomes of a gain map, which a JPEG keeps for HDR screens."""


MAX_SIZES = 50
"""Of one image."""

AUTO = "auto"
"""In place of true or false: as makes the smaller file. As a gravity: where an image
attracts attention."""


@dataclass(frozen=True, slots=True)
class Size:
    """One size to make of each upload.

    Attributes:
        name: The prefix in the resized bucket; no '/', safe in a key.
        format: One of `options.FORMATS`; "original" keeps the upload's format.
        quality: 1-100, or None for the format's default.
        max_bytes: A lower quality is used if a variant would have more; None: no limit.
        progressive: Whether a JPEG is; or AUTO.
        lossless: Whether a WebP is; or AUTO.
        crop: Cut to the geometry's box after a cover resize.
        gravity: Which part of the image a crop keeps.
        background: The colour behind transparency, for formats without it.
        animation: "keep" rejects animations that are too long, "keep-or-first" keeps
            their first frame, "first" keeps every animation's first frame.
        sharpen: How much a reduced image is sharpened: 0 not at all, 1 as recommended.
        copyright: Keep the photo's artist and copyright, and no other metadata.
        key_patterns: The keys it is made for.
        make: UPLOAD or REQUEST.
        suffix: Appended to the key in the resized bucket; only for the manifest.
        taken_at, location: Only for the manifest: whether it says when and where the
            photo was taken.
        hdr: DROP or KEEP.
        fallback: Of a sibling, which `formats` adds to a size: that size's format.
        watermark: What is drawn on its variants; None for nothing.
        focus: The point of one upload that a crop keeps, in place of the gravity; it is
            not in sizes.json.
    """

    name: str
    geometry: Geometry
    format: str = "original"
    quality: int | None = None
    max_bytes: int | None = None
    progressive: bool | str = False
    lossless: bool | str = False
    crop: bool = False
    gravity: str = "center"
    background: str = "white"
    animation: str = "keep"
    sharpen: float = 0
    copyright: bool = False
    key_patterns: KeyPatterns = ALL_KEYS
    suffix: str = ""
    make: str = UPLOAD
    fallback: str = ""
    taken_at: bool = False
    location: bool = False
    watermark: Watermark | None = None
    focus: Focus | None = None
    hdr: str = DROP

    def __hash__(self) -> int:
        """By the name alone: the sizes of one configuration have different ones."""
        return hash(self.name)

    def focused_on(self, focus: Focus | None) -> Size:
        """The same size for an upload with this focus."""
        return replace(self, focus=focus) if self.crop else self

    @property
    def is_looked_for(self) -> bool:
        """Whether the part that a crop keeps is looked for in the image."""
        return self.crop and self.gravity == AUTO and self.focus is None

    def sibling(self, fmt: str) -> Size:
        """The same size in another format, for viewers that accept it."""
        return replace(
            self, name=f"{self.name}.{fmt}", format=fmt, fallback=self.format
        )

    @property
    def fallback_size(self) -> Size:
        """The size that a sibling was added to; itself if it is not a sibling."""
        if not self.fallback:
            return self
        name = self.name.removesuffix(f".{self.format}")
        return replace(self, name=name, format=self.fallback, fallback="")

    def may_be(self, fmt: str) -> bool:
        """Whether a variant may have this format, or be the fallback that has it."""
        return bool({fmt, "original"} & {self.format, self.fallback})

    def variant_key(self, key: str) -> str:
        """The key of this size's variant in the resized bucket."""
        return f"{self.name}/{key}{self.suffix}"

    def key_too_long(self, key: str) -> bool:
        """Whether the variant's key exceeds S3's limit."""
        return len(self.variant_key(key).encode()) > MAX_KEY_BYTES

    @property
    def max_width(self) -> int | None:
        """The most pixels that its variants are wide; None if that has no limit."""
        geometry = self.geometry
        if self.crop and geometry.box:
            return geometry.box[0]
        unlimited = geometry.percent or geometry.cover or geometry.only_enlarge
        return None if unlimited or geometry.width is None else int(geometry.width)

    def dimensions(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of its variant of an image of `width` x `height` pixels."""
        across, down = dimensions(width, height, self.geometry)
        box = self.geometry.box
        if self.crop and box:
            return min(across, box[0]), min(down, box[1])
        return across, down


MANIFEST = Size(
    name="manifest",
    geometry=parse_geometry("16x16>"),
    format="webp",
    quality=40,
    animation="first",
    suffix=".json",
)
"""Made next to the sizes: a document about them, with the image in a few pixels."""

REJECTION = replace(MANIFEST, name="rejected")
"""Not a size of any image: only the keys of rejections are those of such a size."""


def sizes_for_key(sizes: Iterable[Size], key: str) -> tuple[Size, ...]:
    """Sizes whose patterns match the key (and the manifest, if any do)."""
    found = tuple(size for size in sizes if size.key_patterns.match(key))
    return found if any(not size.suffix for size in found) else ()
