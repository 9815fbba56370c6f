"""Build the container image once per run, however many processes run tests."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from pathlib import Path

from local.stack import ROOT, TOOLS

FOLDER = TOOLS / "image"


def can_build() -> bool:
    """Whether this user can build it with the programs that are installed."""
    tools = shutil.which("buildah") and shutil.which("mmdebstrap")
    return os.geteuid() == 0 and bool(tools)


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
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / "built"
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        built = file.read_text().split() if file.exists() else []
        if built[:1] != [run]:
            built = [run, *_build().split()]
            file.write_text("\n".join(built))
    root, description = map(Path, built[1:])
    return root, description


def _build() -> str:
    done = subprocess.run(
        [ROOT / "local" / "build-image", FOLDER],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    return done.stdout
