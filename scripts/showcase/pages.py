"""Fill the pages of this folder in."""

from __future__ import annotations

import base64
import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from resize_on_upload_cli.engine.gallery import numbers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resize_on_upload.imaging.results import Variant

_FOLDER = Path(__file__).parent

SCALE = 1.5
"""Pixels of the screenshot per CSS pixel: an image's pixels are shown as they are."""


class Photo(NamedTuple):
    """An original to show.

    Attributes:
        credit: Who made it; empty if it was painted.
    """

    key: str
    body: bytes
    width: int
    height: int
    credit: str


def sizes_page(photo: Photo, variants: Iterable[Variant]) -> str:
    """Return a page with a photo and its variants, the largest first."""
    largest = sorted(variants, key=lambda one: one.width * one.height, reverse=True)
    return _filled(
        "sizes.html",
        original=_image(photo.body, photo.width, photo.height),
        key=escape(photo.key),
        facts=_facts(photo.body, photo.width, photo.height),
        credit=escape(photo.credit),
        sizes="".join(_size(photo.key, variant) for variant in largest),
    )


def code_page(page: str, narrow: int, wide: int, ratio: float) -> str:
    """Return a page with the code of an image, and that image in two windows.

    Args:
        page: The URL of a page with the image, on the same server.
        narrow: The width of a window, in CSS pixels.
        wide: That of the other.
        ratio: The height of the image, divided by its width.
    """
    return _filled(
        "code.html",
        narrow=_window(page, narrow, round(narrow * ratio)),
        wide=_window(page, wide, round(wide * ratio)),
    )


def _filled(name: str, **parts: str) -> str:
    page = (_FOLDER / name).read_text(encoding="utf-8")
    parts["style"] = (_FOLDER / "style.css").read_text(encoding="utf-8")
    return re.sub(r"@(\w+)@", lambda part: parts[part[1]], page)


def _size(key: str, variant: Variant) -> str:
    image = _image(variant.body, variant.width, variant.height)
    facts = _facts(variant.body, variant.width, variant.height)
    return (
        f'<figure class="size"><div>{image}</div><figcaption>'
        f"<b>{escape(variant.size.variant_key(key))}</b><small>{facts}</small>"
        "</figcaption></figure>"
    )


def _window(page: str, width: int, height: int) -> str:
    return (
        '<figure><div class="window">'
        f'<iframe src="{escape(page)}" width="{width}" height="{height}"></iframe>'
        f"</div><figcaption><b></b><small>in a window of {width} CSS pixels, on a "
        f"{SCALE:g}x screen</small></figcaption></figure>"
    )


def _facts(body: bytes, width: int, height: int) -> str:
    return f"{width}&times;{height}, {numbers.size(len(body))}"


def _image(body: bytes, width: int, height: int) -> str:
    data = base64.b64encode(body).decode()
    return (
        f'<img alt="" width="{width / SCALE:g}" height="{height / SCALE:g}" '
        f'src="data:;base64,{data}">'
    )
