"""Find the photos given in `make demo PHOTOS="…"`."""

from __future__ import annotations

import glob
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from tools.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

_CURE = (
    "quote each name that contains spaces, PHOTOS=\"'My Photo.jpg' b.png\", or give "
    "the folder that contains them"
)


def named(text: str) -> list[Path]:
    """Return files and folders: one name that may have spaces, or several, quoted.

    Raises:
        UsageError: there is no such file, or a quotation mark is not closed.
    """
    whole = Path(text).expanduser()
    if not text.strip():
        return []
    if whole.exists():
        return [whole]
    try:
        words = shlex.split(text)
    except ValueError as error:
        msg = f"no such file: {text} ({error}); {_CURE}"
        raise UsageError(msg) from error
    paths = [path for word in words for path in _matching(word)]
    if absent := [str(path) for path in paths if not path.exists()]:
        msg = f"no such file: {', '.join(absent)}; {_CURE}"
        raise UsageError(msg)
    return paths


def _matching(word: str) -> Iterator[Path]:
    path = Path(word).expanduser()
    if path.exists():
        yield path
        return
    yield from map(Path, sorted(glob.glob(str(path))) or [str(path)])  # noqa: PTH207 - pathlib accepts no absolute patterns
