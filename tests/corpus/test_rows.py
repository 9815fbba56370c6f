"""No file of the corpus gives other bytes or another reason if decoded by rows.

Uses every EVERYth file; `make corpus` uses all of them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.errors import Rejected
from resize_on_upload.imaging.codecs import decode_rows
from resize_on_upload.imaging.formats import JPEG, PNG, TIFF, WEBP, sniff
from tests.support.rows_and_whole import compare

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from local.emulator.runtime import Runtime

EVERY = int(os.environ.get("EVERY", "12"))
BATCH = 50  # files per process
SIZES = ["150x", "50x50", "x150", "600x", {"geometry": "40x", "format": "png"}]


def _by_rows(blob: bytes) -> bool:
    try:
        return sniff(blob) in (JPEG, PNG, TIFF, WEBP)
    except Rejected:
        return False


@pytest.mark.parametrize(
    "engine", ["machine", pytest.param("image", marks=pytest.mark.image)]
)
def test_rows_give_the_same_bytes_and_reasons(
    corpus: Path,
    engine: str,
    request: pytest.FixtureRequest,
    print_at_end: Callable[[str], None],
) -> None:
    image: Runtime | None = None
    if engine == "image":
        image = request.getfixturevalue("image")
    elif decode_rows.problem():
        pytest.skip("decode_rows.c was not compiled here")
    files = sorted(file for file in corpus.rglob("*") if file.is_file())
    wanted = [file for file in files if _by_rows(file.read_bytes())][::EVERY]
    rows = 0
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        found = compare({str(one): one.read_bytes() for one in batch}, SIZES, image)
        rows += sum(one.rows for one in found.values())
        for name, one in found.items():
            assert one.by_rows == one.whole, name
    print_at_end(f"  {engine}: {rows} of {len(wanted)} files decoded by rows")
    assert rows > len(wanted) / 3
