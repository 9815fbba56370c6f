"""The code of the CloudFront Function: edge.js with the table of configured sizes."""

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

_SOURCE = Path(__file__).with_name("edge.js")
_TABLE = "{/* every configured size: true */}"
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)


def code(sizes: Iterable[Size]) -> str:
    """The JavaScript to deploy; comments are left out, as bytes are few."""
    table = json.dumps(dict.fromkeys((size.name for size in sizes), 1))
    return _COMMENT.sub("", _SOURCE.read_text()).replace(_TABLE, table).lstrip()
