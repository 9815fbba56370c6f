"""Links from a gallery to files next to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from pathlib import Path


def relative(file: Path, folder: Path) -> str:
    """Return the URL of a file as a page in a folder refers to it."""
    path = os.path.relpath(file.resolve(), folder.resolve())
    return quote(os.fsencode(path.replace(os.sep, "/")))
