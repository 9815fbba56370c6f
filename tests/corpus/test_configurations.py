"""No file causes an internal failure in any configuration: resized or rejected.

Uses every EVERYth file of the corpus; `make corpus` uses all of them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.errors import Rejected, ResizeOnUploadError
from resize_on_upload.sizes.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from resize_on_upload.imaging.sandbox.sandbox import Sandbox
    from resize_on_upload.sizes.size import Size

EVERY = int(os.environ.get("EVERY", "12"))
SMALLER = {"geometry": "1280x>", "name": "smaller"}


def _sizes(*sizes: Any, **more: Any) -> tuple[Size, ...]:
    return parse(json.dumps({"sizes": sizes, **more}))


CONFIGURATIONS = {
    "only smaller": _sizes(SMALLER),
    "as it is": _sizes({"geometry": "100%", "name": "same"}),
    "cropped": _sizes({"geometry": "200x200^", "name": "square", "crop": True}),
    "enlarged": _sizes("700x"),
    "not enlarged": _sizes("1280x", enlarge=False),
    "four widths": _sizes("320x", "640x", "1280x", "1920x", enlarge=False),
    "manifest": _sizes("150x", manifest=True),
    "first frame": _sizes(SMALLER, animation="first"),
    **{
        f"as {name}": _sizes(SMALLER, "100x", format=name)
        for name in ("jpeg", "png", "webp", "avif", "gif")
    },
}


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_no_file_causes_an_internal_failure(
    corpus: Path,
    sandbox: Sandbox,
    engine: str,
    configuration: str,
    print_at_end: Callable[[str], None],
) -> None:
    sizes = CONFIGURATIONS[configuration]
    files = sorted(file for file in corpus.rglob("*") if file.is_file())[::EVERY]
    failures, codes = [], Counter[str]()
    for file in files:
        code, failure = _outcome(sandbox, file.read_bytes(), sizes)
        codes[code] += 1
        failures += [f"{file.relative_to(corpus)}: {failure}"] if failure else []
    counts = ", ".join(f"{count} {code}" for code, count in codes.most_common())
    print_at_end(f"  {engine:<7} {configuration:<13} {len(files):>5} files: {counts}")
    assert failures == []


NOT_OF_THE_FILE = {"decode-timeout", "decoder-crash"}


def _outcome(
    sandbox: Sandbox, blob: bytes, sizes: tuple[Size, ...]
) -> tuple[str, str | None]:
    """The code of the outcome, and the problem if it is not allowed."""
    try:
        sandbox.make_variants(blob, sizes)
    except Rejected as error:
        bad = error.reason in NOT_OF_THE_FILE
        return error.reason, f"{error.reason}: {error}" if bad else None
    except ResizeOnUploadError as error:
        return "failed", str(error)
    return "written", None
