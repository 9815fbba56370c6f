"""The valid geometry that a text was probably meant to be."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from ..geometry import GeometryError, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_LENGTH = 40
_PIXELS = re.compile(r"px|pixels?")
_TIMES = re.compile("[*×✕✖х]|by")  # noqa: RUF001 - the last one is Cyrillic
_SEPARATORS = re.compile(r"[:,/]")
_NAMED_SIDE = re.compile(r"(?P<w>w(\d+)|(\d+)w)?(?:h(\d+)|(\d+)h)?")


def corrected(text: str) -> str | None:
    """A valid geometry that is written almost like the text; None if there is none."""
    if len(text) > _MAX_LENGTH or "#" in text:
        return None
    return next((one for one in _candidates(text) if _is_valid(one)), None)


def of_sides(width: object, height: object) -> str | None:
    """The geometry of a width and a height, as other tools name them; 0 means any."""
    sides = [_side(width), _side(height)]
    if None in sides:
        return None
    text = "x".join(str(side or "") for side in sides)
    return text if _is_valid(text) else None


def _side(value: object) -> int | None:
    """A side in pixels; 0 if it is left open, None if it is not valid."""
    if value in (None, "auto"):
        return 0
    if isinstance(value, str):
        value = _PIXELS.sub("", value.lower()).strip()
        return int(value) if value.isascii() and value.isdigit() else None
    return value if type(value) is int and value >= 0 else None


def _candidates(text: str) -> Iterator[str]:
    plain = unicodedata.normalize("NFKC", text).lower()  # full-width digits, too
    has_unit = bool(_PIXELS.search(plain))
    plain = re.sub(r"\s", "", _PIXELS.sub("", plain))
    plain = plain.replace("x*", "x").replace("auto", "").lstrip("-+")
    plain = _TIMES.sub("x", plain)
    if has_unit and plain.isdigit():
        yield f"{plain}x"
    yield plain
    yield _SEPARATORS.sub("x", plain)
    yield re.sub(r"x[0-]$|^0+(?=x)", lambda found: found[0].strip("0-"), plain)
    yield re.sub(r"^([!><^]+)(.+)", r"\2\1", plain)
    if (found := _NAMED_SIDE.fullmatch(plain)) and plain:
        width, height = found[2] or found[3] or "", found[4] or found[5] or ""
        yield f"{width}x{height}"


def _is_valid(text: str) -> bool:
    try:
        parse(text)
    except GeometryError:
        return False
    return True
