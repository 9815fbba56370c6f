"""A size that was written as other tools have it: by its width and height."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from . import geometries

if TYPE_CHECKING:
    from ..mistakes import Mistakes

_SIDES = {"width": "width", "w": "width", "height": "height", "h": "height"}


def with_geometry(
    entry: dict[str, Any], place: str, mistakes: Mistakes
) -> dict[str, Any]:
    """The entry, with a geometry in place of a width or height, which is reported."""
    sides = {_SIDES[key]: value for key, value in entry.items() if key in _SIDES}
    geometry = geometries.of_sides(sides.get("width"), sides.get("height"))
    if not sides or geometry is None:
        return entry
    rule = 'has a "width" or "height" in place of a "geometry".'
    mistakes.add(place, rule, json.dumps({"geometry": geometry}))
    others = {key: value for key, value in entry.items() if key not in _SIDES}
    return {"geometry": geometry, **others}


def report(entry: object, place: str, mistakes: Mistakes) -> None:
    """Report what is neither a geometry nor an object with one."""
    rule = "must be a geometry string or an object with a geometry."
    meant: str | None = None
    if type(entry) is int:
        meant = geometries.of_sides(entry, None)
    elif isinstance(entry, list) and len(entry) == 2:  # noqa: PLR2004 - width, height
        meant = geometries.of_sides(*entry)
    if meant:
        rule = f"{rule} Text needs quotes: did you mean {json.dumps(meant)}?"
    mistakes.add(place, rule, "" if meant else '"150x"')


def report_geometry(
    found: object, error: Exception | None, place: str, mistakes: Mistakes
) -> None:
    """Report a geometry that is not text, or not valid text by this error."""
    if isinstance(found, str):
        meant = geometries.corrected(found)
        rule = f"{found!r} is not a valid geometry: {error}"
        example = '"150x", "50x50" or "x150"'
    else:
        meant = geometries.of_sides(found, None) if type(found) is int else None
        rule = "must be an ImageMagick geometry, as a string."
        example = '"geometry": "150x"'
    if meant:
        rule = f"{rule} Did you mean {json.dumps(meant)}?"
    mistakes.add(f"{place}.geometry", rule, "" if meant else example)
