"""Build the container image once per run, however many processes want it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

from local.emulator.runtime import Runtime, in_image
from local.processes import locked
from local.stack import ROOT, TOOLS

FOLDER = TOOLS / "image"
NEEDS = "building the container image needs root, buildah and mmdebstrap"

_SCRIPT = ROOT / "local" / "build-image"
_SOURCES = ROOT / "lambda" / "resize_on_upload"


def can_build() -> bool:
    """Whether this user can build it with the programs that are installed."""
    tools = shutil.which("buildah") and shutil.which("mmdebstrap")
    return os.geteuid() == 0 and bool(tools)


def of_sources() -> Runtime | None:
    """The image of this checkout, built unless it is there; None if it cannot be."""
    if not can_build():
        return None
    return in_image(*build(_digest()).result())


def _digest() -> str:
    """The hash of all that the image is built from, but for Debian's packages."""
    found = hashlib.sha256(_SCRIPT.read_bytes())
    for file in sorted(_SOURCES.rglob("*")):
        is_built = "__pycache__" in file.parts or file.suffix == ".so"
        if file.is_file() and not is_built:
            found.update(str(file.relative_to(_SOURCES)).encode() + file.read_bytes())
    return found.hexdigest()


@cache
def build(run: str) -> Future[tuple[Path, Path]]:
    """Build it in the background, unless another process of the run does.

    Args:
        run: The id of the run.

    Returns:
        The folder with the image's files, and the file with its configuration.
    """
    return ThreadPoolExecutor(1).submit(_build_once, run)


def _build_once(run: str) -> tuple[Path, Path]:
    file = FOLDER / "built"
    with locked(FOLDER / "lock"):
        built = file.read_text().split() if file.exists() else []
        if built[:1] != [run]:
            built = [run, *_build().split()]
            file.write_text("\n".join(built))
    root, description = map(Path, built[1:])
    return root, description


def _build() -> str:
    done = subprocess.run(
        [_SCRIPT, FOLDER],
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-4_000:])
    return done.stdout
