"""Resize images by rows and as a whole, in a process of either ImageMagick.

This module is passed to Python as text: inside the container image, only the function's
package can be imported.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from local.emulator.runtime import Runtime


class Comparison(NamedTuple):
    """What became of one image.

    Attributes:
        rows: Whether it was decoded by rows.
        by_rows, whole: Type, dimensions and hash of each variant, or the reason of the
            rejection.
    """

    rows: bool
    by_rows: Any
    whole: Any


def compare(
    files: Mapping[str, bytes], sizes: Sequence[Any], image: Runtime | None
) -> dict[str, Comparison]:
    """Resize each file both ways: in the container image, or on this machine."""
    from tests.support import python_of

    blobs = {name: base64.b64encode(blob).decode() for name, blob in files.items()}
    request = {"sizes": list(sizes), "files": blobs}
    found = python_of.run(Path(__file__).read_text(), request, image)
    return {name: Comparison(*one) for name, one in found.items()}


def _serve() -> None:
    """Read the request from standard input, write the comparisons."""
    from resize_on_upload.imaging.codecs import decode
    from resize_on_upload.sizes.parser import parse

    request = json.load(sys.stdin)
    sizes = parse(json.dumps({"sizes": request["sizes"]}))
    by_rows, used = vars(decode)["decode_rows"], [False]

    def noted(*arguments: Any) -> Any:
        found = by_rows(*arguments)
        used[0] = bool(found)
        return found

    results = {}
    for name, text in request["files"].items():
        blob, used[0] = base64.b64decode(text), False
        vars(decode)["decode_rows"] = noted
        one = _result(blob, sizes)
        vars(decode)["decode_rows"] = lambda *_: None
        results[name] = [used[0], one, _result(blob, sizes)]
    json.dump(results, sys.stdout)


def _result(blob: bytes, sizes: Any) -> Any:
    from resize_on_upload.errors import Rejected
    from resize_on_upload.imaging.pipeline import make_variants

    try:
        return [
            [one.content_type, one.width, one.height, hashlib.md5(one.body).hexdigest()]  # noqa: S324 - not for security
            for one in make_variants(blob, sizes).variants
        ]
    except Rejected as error:
        return [error.reason, str(error)]


if __name__ == "__main__":
    _serve()
