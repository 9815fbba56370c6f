"""The function's own engine on this machine, where ImageMagick is installed."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox

MEMORY = 1_577 * 1024 * 1024
"""Bytes for the decoder, as in the function by default."""

_LIBRARY = (
    "on Debian and Ubuntu `apt-get install libmagickwand-dev`, on Fedora `dnf install "
    "ImageMagick-libs`, on macOS `brew install imagemagick`"
)
_WAND = "`pip install -r requirements.txt`"


class EngineMissingError(RuntimeError):
    """ImageMagick cannot be loaded; says what to install."""


@dataclass(frozen=True, slots=True)
class Missing:
    """Why ImageMagick cannot be loaded, and what to install."""

    problem: str
    advice: str


def missing() -> Missing | None:
    """What is missing for ImageMagick; None where it can be loaded."""
    try:
        import_module("resize_on_upload.imaging.imagemagick.magick")
    except ModuleNotFoundError as error:
        return Missing(f"the Python package {error.name} is missing", _WAND)
    except ImportError as error:
        return Missing(str(error).partition("\n")[0].rstrip("."), _LIBRARY)
    return None


def sandbox() -> Sandbox:
    """A decoder as the function has it.

    Raises:
        EngineMissingError: ImageMagick cannot be loaded.
    """
    if found := missing():
        msg = (
            f"ImageMagick cannot be loaded: {found.problem}. Install it: {found.advice}"
        )
        raise EngineMissingError(msg)
    return Sandbox(MEMORY, Limits())
