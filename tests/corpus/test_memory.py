"""Nothing of the memory's past in any output, and the same bytes every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload.errors import Rejected
from resize_on_upload.sizes.parser import parse

if TYPE_CHECKING:
    from pathlib import Path

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

# Every format: each leaves pixels to others as they are.
SIZES = parse(
    '{"sizes": ["90x", {"geometry": "40x", "name": "gif", "format": "gif"},'
    ' {"geometry": "50x", "name": "jpeg", "format": "jpeg"},'
    ' {"geometry": "60x", "name": "webp", "format": "webp"}]}'
)
LARGEST = 150_000  # bytes of a file: several hundred are below


def test_threat_34_no_output_holds_what_came_before(
    sandbox: Sandbox, corpus: Path
) -> None:
    """The corpus' small files forwards and backwards through one warm decoder each.

    A cut TIFF strip, whose decoder leaves pixels out and says nothing, is among them.
    """
    files = [
        file
        for file in sorted(corpus.rglob("*"))
        if file.is_file() and file.stat().st_size < LARGEST
    ]
    assert len(files) > 300
    outcomes = []
    for order in (files, files[::-1]):
        sandbox.close()
        outcomes.append({f: _outcome(sandbox, f.read_bytes()) for f in order})
    for file in files:
        assert outcomes[0][file] == outcomes[1][file], file.name


def _outcome(box: Sandbox, blob: bytes) -> str | tuple[bytes, ...]:
    try:
        return tuple(
            variant.body for variant in box.make_variants(blob, SIZES).variants
        )
    except Rejected as error:
        return error.code
