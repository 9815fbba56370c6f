"""Render an image as HTML or as JSX; every value is escaped."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from resize_on_upload_cli.page.responsive_image import ResponsiveImage, Source

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
_JSX_NAMES = {"srcset": "srcSet"}
_SPECIAL_IN_JSX = re.compile(r"[\"&<>{}\\]")
_INDENT = "  "

_Value = str | int | tuple[str, ...]
"""Of an attribute; several parts are separated by commas."""


@dataclass(frozen=True, slots=True)
class Page:
    """How a page shows an image.

    Attributes:
        base: What its URLs begin with; empty, or with a slash at its end.
        sizes: How wide the page shows it: the attribute `sizes`.
        alt: What it shows, for those who cannot see it.
        is_plain: Whether a text can be printed as it is; if not, it is escaped.
    """

    base: str
    sizes: str
    alt: str
    is_plain: Callable[[str], bool] = str.isprintable


def as_html(image: ResponsiveImage, page: Page) -> str:
    """Return a `<picture>`, with one attribute on each line."""

    def attribute(name: str, value: _Value) -> str:
        parts = value if isinstance(value, tuple) else (str(value),)
        escaped = (_html(part, page.is_plain) for part in parts)
        return f'{name}="{_separator(name).join(escaped)}"'

    css = "; ".join(f"{name}: {value}" for name, value in _style(image).items())
    return _picture(image, page, attribute, attribute("style", css), ">")


def as_jsx(image: ResponsiveImage, page: Page) -> str:
    """Return a `<picture>` for React, with one attribute on each line."""

    def attribute(name: str, value: _Value) -> str:
        name = _JSX_NAMES.get(name, name)
        return f"{name}={_jsx(value, page.is_plain, _separator(name))}"

    css = ", ".join(
        f"{_camel_case(name)}: {json.dumps(value)}"
        for name, value in _style(image).items()
    )
    return _picture(image, page, attribute, f"style={{{{ {css} }}}}", " />")


def _picture(
    image: ResponsiveImage,
    page: Page,
    attribute: Callable[[str, _Value], str],
    style: str,
    end: str,
) -> str:
    def tag(name: str, attributes: Mapping[str, _Value], *more: str) -> list[str]:
        lines = [*(attribute(*one) for one in attributes.items()), *more]
        lines[-1] += end
        return [f"{_INDENT}<{name}", *(f"{_INDENT * 2}{line}" for line in lines)]

    sources = [
        line
        for source in image.sources
        for line in tag("source", {"type": source.type, **_candidates(source, page)})
    ]
    fallback = {
        "src": page.base + image.fallback.candidates[-1].path,
        **_candidates(image.fallback, page),
        "width": image.width,
        "height": image.height,
        "alt": page.alt,
    }
    lines = ["<picture>", *sources, *tag("img", fallback, style), "</picture>"]
    return "\n".join(lines)


def _candidates(source: Source, page: Page) -> dict[str, _Value]:
    entries = (f"{page.base}{one.path} {one.width}w" for one in source.candidates)
    return {"srcset": tuple(entries), "sizes": page.sizes}


def _style(image: ResponsiveImage) -> dict[str, str]:
    """Return CSS: the image never overflows, and keeps its ratio while it loads.

    The focus only has an effect with `object-fit`, if the page adds it.
    """
    style = {"max-width": "100%", "height": "auto"}
    if image.focus:
        x, y = 100 * image.focus.x, 100 * image.focus.y
        style["object-position"] = f"{x:.4g}% {y:.4g}%"
    if image.placeholder:
        style["background"] = f"url({image.placeholder}) center / cover no-repeat"
    elif image.color:
        style["background"] = image.color
    return style


def _separator(name: str) -> str:
    """Return a comma and a line break; what follows is below the first part."""
    return ",\n" + " " * (2 * len(_INDENT) + len(f'{name}="'))


def _html(text: str, is_plain: Callable[[str], bool]) -> str:
    """Escape the value of an attribute between double quotes."""
    return "".join(
        _ENTITIES.get(one, one if is_plain(one) else f"&#x{ord(one):x};")
        for one in text
    )


def _jsx(value: _Value, is_plain: Callable[[str], bool], separator: str) -> str:
    """Return the value of an attribute: a string, or an expression in braces.

    A string in JSX knows no backslash, but HTML's character references; in an
    expression it is JavaScript's. Also "<" is escaped: the result may be pasted into a
    `<script>`.
    """
    if isinstance(value, int):
        return f"{{{value}}}"
    parts = value if isinstance(value, tuple) else (value,)
    if all(is_plain(part) and not _SPECIAL_IN_JSX.search(part) for part in parts):
        return f'"{separator.join(parts)}"'
    expression = json.dumps(", ".join(parts)).replace("<", r"\u003c")
    return f"{{{expression}}}"


def _camel_case(name: str) -> str:
    """Return CSS's name as JavaScript writes it."""
    first, *others = name.split("-")
    return first + "".join(word.capitalize() for word in others)
