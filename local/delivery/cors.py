"""Which pages' scripts may read an image's pixels: CloudFront's CORS headers."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def origin_map(origins: Sequence[str]) -> str:
    """A line per origin, for nginx's map of a request's origin to the header's value.

    `*` is the value for every origin; others are repeated if they are allowed.
    """
    if "*" in origins:
        return 'default "*"; "" "";'
    return " ".join(['default "";', *map(_line, origins)])


def _line(origin: str) -> str:
    if "*" not in origin:
        return f'"{origin}" "{origin}";'
    pattern = re.escape(origin).replace(r"\*", "[^/]+")
    return f'"~^{pattern}$" $http_origin;'


def varying(origins: Sequence[str]) -> dict[str, str]:
    """The header of responses that depend on the origin."""
    return {} if "*" in origins else {"Vary": "Origin"}
