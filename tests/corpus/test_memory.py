"""Variants contain nothing of earlier images, and are the same bytes every time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload.errors import Rejected
from resize_on_upload.sizes.parser import parse

if TYPE_CHECKING:
    from pathlib import Path

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

# Several formats: each hands other pixels to its encoder unchanged.
SIZES = parse(
    '{"sizes": ["90x", {"geometry": "40x", "name": "gif", "format": "gif"},'
    ' {"geometry": "50x", "name": "jpeg", "format": "jpeg"},'
    ' {"geometry": "60x", "name": "webp", "format": "webp"}]}'
)
MAX_BYTES = 150_000  # several hundred files are smaller


def test_threat_34_no_variant_contains_an_earlier_image(
    sandbox: Sandbox, corpus: Path
) -> None:
    """The small files of the corpus, forwards and backwards, through a warm decoder.

    One of them has a truncated TIFF strip: its decoder silently leaves pixels out.
    """
    files = [
        file
        for file in sorted(corpus.rglob("*"))
        if file.is_file() and file.stat().st_size < MAX_BYTES
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
        return error.reason
