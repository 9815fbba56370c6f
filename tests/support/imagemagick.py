"""ImageMagick's own command line, to check sizes and images against."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES = ("magick", "convert-im6.q16", "convert")


def convert() -> str:
    """The path of ImageMagick's command; skips the test if it is missing."""
    for name in _NAMES:
        path = shutil.which(name)
        if path and "ImageMagick" in _version(path):
            return path
    return pytest.skip("ImageMagick's command line is missing: `make test` installs it")


def resized(cases: Sequence[tuple[int, int, str]]) -> list[tuple[int, int]]:
    """The size `-resize` gives for each (width, height, geometry), in one process."""
    arguments = [convert(), "-filter", "point"]
    for width, height, geometry in cases:
        arguments += ["(", "-size", f"{width}x{height}", "xc:black"]
        arguments += ["-resize", geometry, "-write", "info:", "+delete", ")"]
    arguments += ["-size", "1x1", "xc:", "null:"]
    listing = run(arguments[1:]).decode().splitlines()
    sizes = [line.split(" XC ", 1)[1].split(" ")[0] for line in listing]
    return [(int(w), int(h)) for w, h in (size.split("x") for size in sizes)]


def run(arguments: Sequence[str], blob: bytes = b"") -> bytes:
    """The output of `convert ARGUMENTS`, under the system's policy.

    GIFs are not dithered: ImageMagick needs 128 MB and 0.1 s per frame for it.
    """
    undithered = ["+dither"] if arguments[-1].startswith("gif:") else []
    return subprocess.run(
        [convert(), *undithered, *arguments],
        check=True,
        capture_output=True,
        input=blob,
        env={k: v for k, v in os.environ.items() if not k.startswith("MAGICK_")},
    ).stdout


@cache
def _version(path: str) -> str:
    return subprocess.run(
        [path, "-version"], check=False, capture_output=True, text=True
    ).stdout
