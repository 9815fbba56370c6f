"""Start the function's decoder on this machine, if ImageMagick is installed."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload_cli.engine import system_packages
from resize_on_upload_cli.errors import CommandError, ExitCode
from resize_on_upload_cli.terminal import say

MEMORY = 1_577 * 1024 * 1024
"""Bytes for the decoder, the function's default."""

_WAND = "`pip install -r requirements.txt`"
_HOMEBREW = Path("/opt/homebrew")
_SUFFIXES = "-7.Q16;-6.Q16;-7.Q16HDRI"

_FEWER_WALLS = (
    "Only Linux has all walls around the decoder: open files that you trust. "
    "`resize-on-upload doctor` lists the walls here."
)


class EngineMissingError(CommandError):
    """ImageMagick cannot be loaded."""

    exit_code = ExitCode.UNKNOWN


@dataclass(frozen=True, slots=True)
class Missing:
    """Why ImageMagick cannot be loaded, and what to install."""

    problem: str
    advice: str


_WINDOWS = Missing(
    "the decoder runs in Windows only under WSL", "`wsl --install`, then as on Ubuntu"
)


def find_missing() -> Missing | None:
    """Load ImageMagick; return what is missing for it."""
    if sys.platform == "win32":
        return _WINDOWS
    # Saves Wand a search, and has no effect if only another ImageMagick exists.
    os.environ.setdefault("WAND_MAGICK_LIBRARY_SUFFIX", _SUFFIXES)
    if sys.platform == "darwin" and _HOMEBREW.exists():  # Python does not search it
        os.environ.setdefault("MAGICK_HOME", str(_HOMEBREW))
    try:
        import_module("resize_on_upload.imaging.imagemagick.magick")
    except ModuleNotFoundError as error:
        return Missing(f"the Python package {error.name} is missing", _WAND)
    except ImportError as error:
        return Missing(
            str(error).partition("\n")[0].rstrip("."), system_packages.command("magick")
        )
    return None


def version() -> str:
    """Return the name and the version of the engine, such as `ImageMagick 7.1.1-43`."""
    full: str = import_module("wand.version").MAGICK_VERSION
    return " ".join(full.split()[:2])


def start(cores: int = 1) -> Sandbox:
    """Start a decoder like the function's.

    Args:
        cores: Variants that it may encode at the same time.

    Raises:
        EngineMissingError: ImageMagick cannot be loaded.
    """
    if missing := find_missing():
        msg = (
            f"ImageMagick cannot be loaded: {missing.problem}. Install it: "
            f"{missing.advice}"
        )
        raise EngineMissingError(msg)
    if sys.platform != "linux":
        say(_FEWER_WALLS)
    return Sandbox(MEMORY, Limits(), cores=cores)
