"""What `doctor` checks with ImageMagick: codecs, security policy, sandbox."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wand.version import MAGICK_VERSION, VERSION

from resize_on_upload.errors import ResizeOnUploadError
from resize_on_upload.imaging import selftest
from resize_on_upload.imaging.checkerboard import checkerboard_png
from resize_on_upload.sizes import parser as sizes
from resize_on_upload_cli.engine import decoder

if TYPE_CHECKING:
    from resize_on_upload.imaging.sandbox.sandbox import Sandbox

_IMAGE_LIBRARY = re.compile(
    r"lib(jpeg|png|webp|heif|jxl|tiff|lcms|aom|dav1d|de265|Magick)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What was found.

    Attributes:
        imagemagick, wand: Versions.
        problems: Name of a check → what is wrong; None if nothing is.
        libraries: The image libraries that ImageMagick has loaded.
        walls: Name of a wall of the sandbox → why the kernel refused it, or None.
        whole: Why images are decoded as a whole; None if they are decoded by rows.
        reads_jxl: Whether this ImageMagick has a decoder for JPEG XL.
    """

    imagemagick: str
    wand: str
    problems: dict[str, str | None]
    libraries: list[str]
    walls: dict[str, str | None]
    whole: str | None
    reads_jxl: bool


def run() -> Diagnostics:
    """Run every check."""
    problems = {check.name: check.problem for check in selftest.run_all(strict=False)}
    problem, sandbox = _decode()
    problems["decodes behind walls"] = problem
    libraries = _libraries()
    how = sandbox.walls, sandbox.whole, "reads jxl" in problems
    return Diagnostics(MAGICK_VERSION, VERSION, problems, libraries, *how)


def _decode() -> tuple[str | None, Sandbox]:
    """Decode one image in a sandbox; return what went wrong, and the closed sandbox."""
    sandbox, problem = decoder.start(), None
    try:
        sandbox.make_variants(checkerboard_png(), sizes.parse('{"sizes": ["32x"]}'))
    except ResizeOnUploadError as error:
        problem = str(error)
    finally:
        sandbox.close()
    return problem, sandbox


def _libraries() -> list[str]:
    loaded = Path("/proc/self/maps")
    if not loaded.exists():  # not Linux
        return []
    paths = {line.split()[-1] for line in loaded.read_text().splitlines()}
    names = {Path(path).name for path in paths if path.startswith("/")}
    return sorted(name for name in names if _IMAGE_LIBRARY.match(name))
