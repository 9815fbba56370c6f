"""The code of the CloudFront Functions: edge.js with the table of configured sizes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resize_on_upload.sizes.size import Size

MAX_BYTES = 10_240
"""Of a function's code:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html"""

_SOURCES = Path(__file__).parent
_TABLE = "{/* every configured size: true */}"
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_VERSIONED = "// versionedUrls: "
"""Before a line that is deployed with this setting only."""


def code(sizes: Iterable[Size], *, versioned: bool = False) -> str:
    """The JavaScript that runs before the cache.

    Args:
        sizes: The configured ones.
        versioned: Whether `v` is kept only if it can be a version.
    """
    table = json.dumps(dict.fromkeys((size.name for size in sizes), 1))
    text = _read("edge.js").replace(_TABLE, table)
    if versioned:
        text = _read("edge_version.js") + text.replace(_VERSIONED, "")
    return _without_comments(text)


def response_code() -> str:
    """The JavaScript that runs after the cache, with versioned URLs."""
    return _without_comments(_read("edge_response.js"))


def _read(name: str) -> str:
    return (_SOURCES / name).read_text()


def _without_comments(text: str) -> str:
    """Comments are left out, as bytes are few."""
    return _COMMENT.sub("", text).lstrip()
