"""The cells of a gallery's table: an original, its variants, or a problem."""

from __future__ import annotations

import base64
from html import escape
from typing import TYPE_CHECKING

from resize_on_upload_cli.engine.gallery import numbers
from resize_on_upload_cli.terminal import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from resize_on_upload_cli.engine.gallery.contents import GalleryItem, Problem, Row

_SMALL = 150
"""Such a variant is never scaled to fit its column, in pixels."""

_SHOWN_BY_BROWSERS = ("avif", "bmp", "gif", "jpeg", "png", "webp")


def body_row(row: Row, sizes: Sequence[str]) -> str:
    """Return the row of an original; each size has its column."""
    title = escape(printable(row.title))
    if row.problem:
        cell = _problem(row.problem, len(sizes))
        size = f'<p class="numbers">{numbers.size(row.bytes)}</p>' if row.bytes else ""
        head = f'<th scope="row"><h2>{title}</h2>{size}</th>'
        return f'<tr class="rejected">{head}{cell}</tr>'
    made = {item.size: item for item in row.items}
    cells = (_variant(title, name, made.get(name)) for name in sizes)
    return f"<tr>{_original(title, row)}{''.join(cells)}</tr>"


def _problem(problem: Problem, columns: int) -> str:
    code = f"<code>{escape(problem.code)}</code>" if problem.code else ""
    cure = f'<p class="cure">{escape(problem.cure)}</p>' if problem.cure else ""
    cause = escape(printable(problem.cause))
    return f'<td colspan="{max(columns, 1)}">{code}<p>{cause}</p>{cure}</td>'


def _original(title: str, row: Row) -> str:
    if row.original is None:
        return f'<th scope="row"><h2>{title}</h2></th>'
    source, (thumbnail, *_) = row.original.source, row.original.variants
    pixels = _pixels(source.width, source.height)
    image = _image(
        thumbnail.body,
        thumbnail.content_type,
        (thumbnail.width, thumbnail.height),
        f"{title}, original, {pixels}",
    )
    if row.file and source.format in _SHOWN_BY_BROWSERS:
        image = f'<a href="{escape(row.file)}" target="_blank">{image}</a>'
    line = [pixels, numbers.size(row.bytes), escape(source.format)]
    if row.milliseconds:
        line.append(f"{row.milliseconds:,.0f} ms")
    return (
        f'<th scope="row">{image}<h2>{title}</h2>'
        f'<p class="numbers">{_joined(line)}</p>{_list(row.facts)}</th>'
    )


def _variant(title: str, name: str, item: GalleryItem | None) -> str:
    label = escape(printable(name))
    if item is None:
        return f'<td data-size="{label}"><p class="none">not made</p></td>'
    pixels = _pixels(item.width, item.height)
    alt = f"{title}, {label}, {pixels}"
    shape = item.width, item.height
    image = _image(item.body, item.content_type, shape, alt)
    fmt = escape(item.content_type.removeprefix("image/"))
    line = [pixels, numbers.size(len(item.body)), fmt]
    path = f'<p class="path">{escape(item.url_path)}</p>' if item.url_path else ""
    return (
        f'<td data-size="{label}"><a class="variant" href="{escape(item.file)}">'
        f'{image}</a><p class="numbers">{_joined(line)}</p>{path}{_list(item.notes)}'
        "</td>"
    )


def _image(
    body: bytes, content_type: str, shape: tuple[int, int], escaped_alt: str
) -> str:
    data = base64.b64encode(body).decode()
    width, height = shape
    small = ' class="small"' if width <= _SMALL else ""
    return (
        f'<img{small} alt="{escaped_alt}" width="{width}" height="{height}" '
        f'src="data:{content_type};base64,{data}">'
    )


def _pixels(width: int, height: int) -> str:
    return f"{width}&times;{height}"


def _joined(parts: Iterable[str]) -> str:
    """Return facts in a line that breaks between them."""
    return " ".join(f"<span>{part}</span>" for part in parts)


def _list(lines: Sequence[str]) -> str:
    if not lines:
        return ""
    return (
        f"<ul>{''.join(f'<li>{escape(printable(line))}</li>' for line in lines)}</ul>"
    )
