"""The demo's photos: those that `make demo PHOTOS="…"` names, or samples."""

from __future__ import annotations

import glob
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.demo.photographs import photographs
from local.processes import locked
from local.stack import ROOT, TOOLS
from resize_on_upload.imaging.imagemagick.magick import POLICY_VARIABLE
from resize_on_upload_cli.errors import UsageError
from resize_on_upload_cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterator

_PAINTERS = ("sample_photos.py", "scenes.py", "city.py")

_HINT = (
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
        msg = f"no such file: {text} ({error}); {_HINT}"
        raise UsageError(msg) from error
    paths = [path for word in words for path in _matching(word)]
    if absent := [str(path) for path in paths if not path.exists()]:
        msg = f"no such file: {', '.join(absent)}; {_HINT}"
        raise UsageError(msg)
    return paths


def samples() -> dict[str, Path]:
    """Key → file of the demo's photos: real ones, if possible, and painted ones."""
    return photographs() | painted()


def painted() -> dict[str, Path]:
    """Key → file of the sample photos that are painted, once."""
    folder = TOOLS / "photos"
    stamp = folder / f".{_digest()}"
    with locked(TOOLS / "photos.lock"):
        if not stamp.exists():
            _paint(folder)
            stamp.touch()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(file.relative_to(folder)): file for file in files if file != stamp}


def _paint(folder: Path) -> None:
    say("Painting the sample photos")
    shutil.rmtree(folder, ignore_errors=True)
    # Painting needs coders that the function's policy forbids.
    environment = {k: v for k, v in os.environ.items() if k != POLICY_VARIABLE}
    subprocess.run(
        [sys.executable, "-m", "local.demo.sample_photos", str(folder)],
        check=True,
        cwd=ROOT,
        env=environment,
    )


def _digest() -> str:
    """What changes with the programs that paint."""
    sources = (Path(__file__).with_name(name) for name in _PAINTERS)
    return hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()


def _matching(word: str) -> Iterator[Path]:
    path = Path(word).expanduser()
    if path.exists():
        yield path
        return
    yield from map(Path, sorted(glob.glob(str(path))) or [str(path)])  # noqa: PTH207 - pathlib accepts no absolute patterns
