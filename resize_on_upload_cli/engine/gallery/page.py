"""Write a gallery as one HTML page that needs no other file."""

from __future__ import annotations

import base64
import hashlib
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload import __version__
from resize_on_upload_cli.engine.gallery import numbers
from resize_on_upload_cli.engine.gallery.cells import body_row
from resize_on_upload_cli.terminal import plural, printable

if TYPE_CHECKING:
    from resize_on_upload_cli.engine.gallery.contents import Gallery

_FOLDER = Path(__file__).parent
_MANY = 5
"""With more columns, the table scrolls in a box."""

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
<header>
<p class="product"><b>resize-on-upload</b> {version}</p>
<h1>{headline}</h1>
<p class="engine">{engine}</p>
<p class="scale">Variants are shown at their own size in CSS pixels.</p>
</header>
<main{scrolls}>
<table>
<thead><tr><th scope="col">Original</th>{columns}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</main>
{credits}<dialog aria-label="One variant">
<figure><img alt=""><figcaption></figcaption></figure>
<menu><button value="previous" aria-label="Previous">&#8592;</button>
<button value="next" aria-label="Next">&#8594;</button>
<a href="#">Open file</a><button value="close" autofocus>Close</button></menu>
</dialog>
<script>{script}</script>
</html>
"""


def write(file: Path, gallery: Gallery) -> Path:
    """Write the page and return its path."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_page(gallery), encoding="utf-8")
    return file


def _page(gallery: Gallery) -> str:
    style = (_FOLDER / "gallery.css").read_text(encoding="utf-8")
    script = (_FOLDER / "gallery.js").read_text(encoding="utf-8")
    summary = numbers.summary(gallery)
    return _PAGE.format(
        policy=_policy(style, script),
        title=f"{summary.originals} &rarr; {summary.variants}",
        style=style,
        script=script,
        version=escape(__version__),
        headline=_headline(summary),
        engine=_engine(gallery),
        scrolls=_scrolls(gallery),
        columns="".join(map(_column, gallery.sizes.items())),
        rows="\n".join(body_row(row, tuple(gallery.sizes)) for row in gallery.rows),
        credits=_credits(gallery),
    )


def _policy(style: str, script: str) -> str:
    """Nothing but the page's own style and script, and the images in it."""
    return (
        f"default-src 'none'; img-src data:; style-src {_source(style)}; "
        f"script-src {_source(script)}; base-uri 'none'; form-action 'none'"
    )


def _source(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def _headline(summary: numbers.Summary) -> str:
    """Two halves, which a narrow screen puts below one another."""
    return (
        f"<span><b>{summary.originals}</b> {summary.bytes_read}</span> "
        f'<span><i aria-label="became">&rarr;</i> <b>{summary.variants}</b> '
        f"{summary.bytes_made}</span>"
    )


def _engine(gallery: Gallery) -> str:
    parts = [escape(gallery.engine)]
    if any(row.milliseconds for row in gallery.rows):
        parts.insert(0, f"{numbers.seconds(gallery)} of engine time")
    if rejected := len(gallery.rows) - len(gallery.made):
        parts.append(f"<strong>{plural(rejected, 'file')} not resized</strong>")
    return " &middot; ".join(parts)


def _scrolls(gallery: Gallery) -> str:
    if len(gallery.sizes) <= _MANY:
        return ""
    return ' class="many" tabindex="0" role="region" aria-label="All variants"'


def _column(size: tuple[str, str]) -> str:
    name, description = (escape(printable(text)) for text in size)
    more = f" <small>{description}</small>" if description else ""
    return f'<th scope="col">{name}{more}</th>'


def _credits(gallery: Gallery) -> str:
    if not gallery.credits:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in gallery.credits)
    return f"<footer><h2>Photos</h2><ul>{lines}</ul></footer>\n"
