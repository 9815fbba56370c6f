"""The code of the CloudFront Functions: their parts, and the table of sizes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload_cdk.configuration.delivery import query_sizes
from resize_on_upload_cdk.configuration.settings import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from resize_on_upload.sizes.size import Size

MAX_BYTES = 10_240
"""Of a function's code:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""

_SOURCES = Path(__file__).parent
_TABLE = "{/* every configured size: 1, or the formats of its siblings */}"
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)

_DIMENSIONS = "{/* width, x, height: the name and the format of a size */}"

_FORMATS, _VERSIONED, _QUERY = "formats", "versionedUrls", "queryUrls"
"""What begins the comment before a line that is deployed with this setting only."""

_REQUEST_PARTS = {
    _FORMATS: "edge_formats.js",
    _VERSIONED: "edge_version.js",
    _QUERY: "edge_query.js",
}
_RESPONSE_PARTS = {_FORMATS: "edge_vary.js", _VERSIONED: "edge_long_caching.js"}


def code(
    sizes: Collection[Size], *, versioned: bool = False, by_query: bool = False
) -> str:
    """The JavaScript that runs before the cache.

    Args:
        sizes: The configured ones.
        versioned: Whether `v` is kept only if it can be a version.
        by_query: Whether a query may name the dimensions of a size.

    Raises:
        ConfigurationError: the names of the sizes are too long.
    """
    chosen = _chosen(sizes, versioned=versioned) + [_QUERY] * by_query
    text = _combined("edge.js", _REQUEST_PARTS, chosen)
    text = text.replace(_TABLE, _table(sizes))
    text = text.replace(_DIMENSIONS, _dimensions(sizes)) if by_query else text
    if (excess := len(text.encode()) - MAX_BYTES) > 0:
        msg = (
            "config/sizes.json: with queryUrls, the names of all sizes are together "
            f"{excess:,} characters too long for CloudFront's edge function, which has "
            "each of them twice; shorten the names"
        )
        raise ConfigurationError(msg)
    return text


def response_code(
    sizes: Collection[Size], *, versioned: bool = False, private: bool = False
) -> str:
    """The JavaScript that runs after the cache; empty if it has nothing to do.

    Args:
        sizes: The configured ones.
        versioned: Whether browsers keep the right version for a year.
        private: Whether only browsers may, and no caches that others share.
    """
    chosen = _chosen(sizes, versioned=versioned)
    if not chosen:
        return ""
    text = _combined("edge_response.js", _RESPONSE_PARTS, chosen)
    return text.replace("'public, ", "'private, ") if private else text


def _chosen(sizes: Iterable[Size], *, versioned: bool) -> list[str]:
    negotiated = any(size.fallback for size in sizes)
    on = {_FORMATS: negotiated, _VERSIONED: versioned}
    return [setting for setting in on if on[setting]]


def _combined(main: str, parts: dict[str, str], chosen: Iterable[str]) -> str:
    """The parts of the chosen settings, and the main file, which calls them."""
    text = (_SOURCES / main).read_text()
    for setting in chosen:
        part = (_SOURCES / parts[setting]).read_text()
        text = part + text.replace(f"// {setting}: ", "")
    return _COMMENT.sub("", text).lstrip()


def _table(sizes: Iterable[Size]) -> str:
    formats: dict[str, list[str]] = {}
    for size in sizes:
        formats.setdefault(size.fallback_size.name, [])
        if size.fallback:
            formats[size.fallback_size.name].append(size.format)
            formats[size.name] = []
    return json.dumps({name: listed or 1 for name, listed in formats.items()})


def _dimensions(sizes: Iterable[Size]) -> str:
    found = query_sizes.by_dimensions(sizes)
    table = {
        pair: [size.name, size.format.replace("original", "")]
        for pair, (size, *_) in found.items()
    }
    return json.dumps(table)
