"""`doctor`: prove every promise on this machine, and say what to do where one fails."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from wand.version import MAGICK_VERSION, VERSION

from resize_on_upload import sizes
from resize_on_upload.errors import ResizeOnUploadError, SizesError
from resize_on_upload.imaging import proof
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.proof import Check
from resize_on_upload.imaging.sandbox import Sandbox
from tools.progress import write, write_json

MEMORY = 1_500 * 1024 * 1024
_IMAGE_LIBRARY = re.compile(
    r"lib(jpeg|png|webp|heif|tiff|lcms|aom|dav1d|de265|Magick)", re.ASCII
)
_ADVICE = {
    "reads": "Install ImageMagick's library for it: on Debian libheif-plugin-libde265 "
    "(HEIC), libheif-plugin-dav1d (AVIF), else libmagickwand-7.q16-10.",
    "writes": "Install the encoder: on Debian libheif-plugin-aomenc (AVIF).",
    "refuses": "policy.xml is not in force: MAGICK_CONFIGURE_PATH must be the "
    "package's own folder, and nothing may have loaded ImageMagick before.",
    "decodes": "The decoder's process cannot start: try "
    "`python -m resize_on_upload.imaging.proof` for its own words.",
    "sizes": "Correct the file; `resize-on-upload check` shows what it makes.",
}


def run(sizes_file: Path, *, as_json: bool) -> bool:
    """Print a line a check; True where one failed."""
    if not as_json:
        write(MAGICK_VERSION, f"Wand {VERSION}", "")
    decodes, walls = _decodes()
    checks = [
        *proof.checks(),
        decodes,
        Check(f"sizes in {sizes_file}", _sizes(sizes_file)),
    ]
    libraries = _libraries()
    for check in checks:
        if as_json:
            write_json(_document(check, libraries, walls))
        else:
            write(*_lines(check))
    if not as_json:
        write(*_foot(libraries, walls))
    return any(check.problem for check in checks)


def _foot(libraries: list[str], walls: dict[str, str | None]) -> list[str]:
    """The libraries, and the decoder's walls: not every kernel has all of them."""
    built = [name for name, why in walls.items() if not why]
    lines = ["", f"the decoder's walls: {', '.join(built) or 'none'}"]
    lines += [f"  without {name}: {why}" for name, why in walls.items() if why]
    if libraries:
        lines.append(f"with {', '.join(libraries)}")
    return lines


def _libraries() -> list[str]:
    """The image libraries that the checks made ImageMagick load, with versions."""
    loaded = Path("/proc/self/maps")
    if not loaded.exists():  # no Linux
        return []
    paths = {line.split()[-1] for line in loaded.read_text().splitlines()}
    names = {Path(path).name for path in paths if path.startswith("/")}
    return sorted(name for name in names if _IMAGE_LIBRARY.match(name))


def _decodes() -> tuple[Check, dict[str, str | None]]:
    """Whether the decoder's process works, and which walls it built around itself."""
    box, problem = Sandbox(MEMORY, Limits()), None
    try:
        box.derive(proof.checks_png(), sizes.parse('{"sizes": ["32x"]}'))
    except ResizeOnUploadError as error:
        problem = str(error)
    finally:
        box.close()
    return Check("decodes behind walls", problem), box.walls


def _sizes(file: Path) -> str | None:
    try:
        sizes.parse(file.read_text(encoding="utf-8"))
    except OSError as error:
        return f"{error.strerror}"
    except SizesError as error:
        return str(error)
    return None


def _advice(check: Check) -> str | None:
    return _ADVICE[check.name.split()[0]] if check.problem else None


def _lines(check: Check) -> list[str]:
    if not check.problem:
        return [f"✅ {check.name}"]
    first, *more = check.problem.split("\n")
    return [f"❌ {check.name}: {first}", *more, f"   {_advice(check)}"]


def _document(
    check: Check, libraries: list[str], walls: dict[str, str | None]
) -> dict[str, Any]:
    return {
        "check": check.name,
        "ok": not check.problem,
        "problem": check.problem,
        "advice": _advice(check),
        "imagemagick": MAGICK_VERSION,
        "libraries": libraries,
        "walls": {name: why or "on" for name, why in walls.items()},
    }
