"""What `doctor` tries out with ImageMagick: formats, policy, the decoder's walls."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from wand.version import MAGICK_VERSION, VERSION

from resize_on_upload.errors import ResizeOnUploadError
from resize_on_upload.imaging import selftest
from resize_on_upload.imaging.checkerboard import checkerboard_png
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload.sizes import parser as sizes

MEMORY = 1_500 * 1024 * 1024
_IMAGE_LIBRARY = re.compile(
    r"lib(jpeg|png|webp|heif|tiff|lcms|aom|dav1d|de265|Magick)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Proofs:
    """What was found.

    Attributes:
        imagemagick, wand: Versions.
        problems: What each check found wrong, by its name; None where nothing.
        libraries: The image libraries that ImageMagick loaded for it.
        walls: The decoder's, by name: None, or why the kernel refused one.
    """

    imagemagick: str
    wand: str
    problems: dict[str, str | None]
    libraries: list[str]
    walls: dict[str, str | None]


def run() -> Proofs:
    """Try everything out."""
    problems = {check.name: check.problem for check in selftest.run_all()}
    problem, walls = _decodes()
    problems["decodes behind walls"] = problem
    return Proofs(MAGICK_VERSION, VERSION, problems, _libraries(), walls)


def _decodes() -> tuple[str | None, dict[str, str | None]]:
    """Whether the decoder's process works, and which walls it built around itself."""
    box, problem = Sandbox(MEMORY, Limits()), None
    try:
        box.make_variants(checkerboard_png(), sizes.parse('{"sizes": ["32x"]}'))
    except ResizeOnUploadError as error:
        problem = str(error)
    finally:
        box.close()
    return problem, box.walls


def _libraries() -> list[str]:
    loaded = Path("/proc/self/maps")
    if not loaded.exists():  # no Linux
        return []
    paths = {line.split()[-1] for line in loaded.read_text().splitlines()}
    names = {Path(path).name for path in paths if path.startswith("/")}
    return sorted(name for name in names if _IMAGE_LIBRARY.match(name))
