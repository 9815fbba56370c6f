"""One self-contained page: every photo beside its sizes, at their true pixels."""

from __future__ import annotations

import base64
import html
from typing import TYPE_CHECKING

from resize_on_upload import geometry
from resize_on_upload.imaging.derive import derive
from resize_on_upload.sizes import Size

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from local.demo import Resized
    from resize_on_upload.imaging.derive import Source

PREVIEW = Size(
    name="preview", geometry=geometry.parse("420x320>"), format="webp", quality=70
)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Every size of every photo</title>
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
</style>
<h1>Every size of every photo</h1>
<p>Photos are shown smaller than they are; every size is at its own pixels.</p>
{sections}
</html>
"""


def write(file: Path, photos: dict[str, Path], results: Iterable[Resized]) -> Path:
    """Write the page and return its path."""
    results = list(results)
    sections = "\n".join(
        _section(key, photo.read_bytes(), results) for key, photo in photos.items()
    )
    file.write_text(_PAGE.format(sections=sections), encoding="utf-8")
    return file


def _section(key: str, original: bytes, results: list[Resized]) -> str:
    derived = derive(original, [PREVIEW])
    preview, source = derived.variants[0], derived.source
    figures = [
        _figure(
            preview.body,
            preview.content_type,
            (preview.width, preview.height),
            "Original",
            f"{_pixels(source)}, {_bytes(len(original))}, {source.format}",
        )
    ]
    for result in results:
        prefix, _, name = result.key.partition("/")
        if name == key:
            share = 100 * len(result.body) / len(original)
            figures.append(
                _figure(
                    result.body,
                    result.content_type,
                    (result.width, result.height),
                    prefix,
                    f"{_pixels(result)}, {_bytes(len(result.body))}, "
                    f"{share:.2g} %, {result.content_type.removeprefix('image/')}",
                )
            )
    row = "\n".join(figures)
    title = html.escape(key)
    return f'<section><h2>{title}</h2><div class="row">\n{row}\n</div></section>'


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


def _pixels(picture: Source | Resized) -> str:
    return f"{picture.width}&times;{picture.height}"


def _bytes(count: int) -> str:
    if count < 1_000_000:  # noqa: PLR2004 - a megabyte
        return f"{count / 1e3:.1f} kB"
    return f"{count / 1e6:.1f} MB"
