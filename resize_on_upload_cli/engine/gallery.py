"""Write one self-contained page that shows originals with their variants."""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload.sizes import geometry
from resize_on_upload.sizes.size import Size
from resize_on_upload_cli.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from resize_on_upload.imaging.results import ImageResult, SourceInfo

THUMBNAIL = Size(
    name="preview",
    geometry=geometry.parse("420x320>"),
    format="webp",
    quality=70,
    animation="keep-or-first",
)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every size of every image</title>
<style>
  :root {{ color-scheme: light dark; --line: #8884; --soft: #888; }}
  body {{ font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem;
         padding: 1.5rem 1rem 4rem; }}
  h1 {{ font-size: 1.5rem; margin: 0 0 .25rem; }}
  h2 {{ font-size: 1rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }}
  p {{ color: var(--soft); margin: 0 0 1.5rem; }}
  section {{ border-top: 1px solid var(--line); padding: 1.25rem 0; }}
  .row {{ display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: flex-end; }}
  figure {{ margin: 0; max-width: 100%; }}
  img {{ display: block; max-width: 100%; height: auto;
        background: repeating-conic-gradient(#bbb 0 25%, #eee 0 50%) 0 0 / 16px 16px; }}
  figcaption {{ font-size: .8rem; margin-top: .4rem; }}
  figcaption span {{ color: var(--soft); }}
  .rejected {{ border-left: 3px solid #c33; margin: 0; padding-left: .75rem; }}
</style>
<h1>Every size of every image</h1>
<p>Originals are scaled down; variants are shown at full size.</p>
{sections}
</html>
"""


@dataclass(frozen=True, slots=True)
class GalleryItem:
    """A variant to show.

    Attributes:
        on_request: Whether it is made on request.
        path: That of its URL; empty if it has none.
        notes: What else to say of it.
    """

    prefix: str
    body: bytes
    content_type: str
    width: int
    height: int
    on_request: bool = False
    path: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """An original and its variants, or why there are none.

    Attributes:
        original: The original as a THUMBNAIL; None if there are no variants.
        bytes: The size of the original.
        rejected: Why there are no variants.
    """

    title: str
    original: ImageResult | None = None
    bytes: int = 0
    items: Sequence[GalleryItem] = ()
    rejected: str | None = None


def write(file: Path, sections: Iterable[Section]) -> Path:
    """Write the page and return its path."""
    body = "\n".join(_section(section) for section in sections)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_PAGE.format(sections=body), encoding="utf-8")
    return file


def _section(section: Section) -> str:
    title = f"<section><h2>{html.escape(printable(section.title))}</h2>"
    if section.original is None:
        cause = html.escape(section.rejected or "")
        return f'{title}<p class="rejected">{cause}</p></section>'
    figures = [_original(section.original, section.bytes)]
    figures += [_variant(item, section.bytes) for item in section.items]
    row = "\n".join(figures)
    return f'{title}<div class="row">\n{row}\n</div></section>'


def _original(result: ImageResult, size: int) -> str:
    thumbnail, source = result.variants[0], result.source
    return _figure(
        thumbnail.body,
        thumbnail.content_type,
        (thumbnail.width, thumbnail.height),
        "Original",
        f"{_pixels(source)}, {_bytes(size)}, {source.format}",
    )


def _variant(item: GalleryItem, original: int) -> str:
    share = 100 * len(item.body) / original
    made = ["made on request"] if item.on_request else []
    notes = "".join(f", {note}" for note in (*made, *item.notes))
    return _figure(
        item.body,
        item.content_type,
        (item.width, item.height),
        item.path or item.prefix,
        f"{_pixels(item)}, {_bytes(len(item.body))}, "
        f"{share:.2g}&nbsp;%, {item.content_type.removeprefix('image/')}{notes}",
    )


def _figure(
    body: bytes, content_type: str, size: tuple[int, int], title: str, facts: str
) -> str:
    data = base64.b64encode(body).decode()
    width, height = size
    return (
        f'<figure><img alt="{html.escape(title)}" width="{width}" height="{height}" '
        f'src="data:{content_type};base64,{data}">'
        f"<figcaption>{html.escape(title)}<br><span>{facts}</span></figcaption></figure>"
    )


def _pixels(image: SourceInfo | GalleryItem) -> str:
    return f"{image.width}&times;{image.height}"


def _bytes(count: int) -> str:
    if count < 1_000_000:  # noqa: PLR2004 - a megabyte
        return f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:.1f} MB"
