"""Prove what this build of ImageMagick can do: every promised format, every wall.

`python -m resize_on_upload.imaging.selftest` is the last step of the image's build, so
that a broken image never reaches AWS. A library's list of formats proves nothing:
only a picture that came back does.
"""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from wand.version import MAGICK_VERSION

from ..errors import Rejected
from ..sizes import geometry
from ..sizes.size import Size
from .checkerboard import checkerboard_png
from .formats import WRITTEN, sniff
from .imagemagick import magick
from .pipeline import make_variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The same checks as `checkerboard_png`, encoded once: this build only decodes HEIC.
HEIC = base64.b64decode(
    """
    AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAT9tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0
    AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAFjAAEAAAAAAAAA
    lAAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEAAGh2YzEAAAAAv2lwcnAAAAChaXBjbwAAAHVodmND
    AQNwAAAAAAAAAAAAHvAA/P34+AAADwMgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQCEAAQAoQgEB
    A3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubAgAAAMACAAAAwAIQCIAAQAHRAHBcrAiQAAAABRpc3BlAAAA
    AAAAAEAAAABAAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAoMAAACcbWRhdAAAAJAo
    Aa8ZgMciUzVEA6//5Ya+9R0fzssZlrGf2fXLz+NohOQv6IuDx/vJ+YAjvT5/NtkST9yW/azL9xAYUnkf
    k7391tfdiFvHqM6Psz1tua//fXI63Tqwjz8IOHtb4yq7eWHOtDIIZ9P2reRi096NcvXd6f4iIaeVcLnP
    4nWu7bEu2okwhJvpsLmc87s60IjqzPA=
    """
)

_ATTACKS = {
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "svg"),
    "MVG": (b"viewbox 0 0 9 9 fill red rectangle 0,0 9,9", "mvg"),
    "MSL": (b"<?xml version='1.0'?><image><read filename='xc:red'/></image>", "msl"),
    "PostScript": (b"%!PS\n0 0 9 9 rectfill showpage\n", "ps"),
    "PDF": (b"%PDF-1.4\n", "pdf"),
    "text": (b"# ImageMagick pixel enumeration: 9,9,255,srgb\n", "txt"),
}
_NAMES = {
    "a file by its name": "/etc/hostname",
    "a list of names": "@/etc/hostname",
    "a URL": "https://127.0.0.1/x.png",
    "a pseudo image": "xc:red",
}
# Nothing is there, so that an error alone proves nothing: the policy must refuse.
_PATHS = {
    "reading a file": ("read", "png:/nowhere/in.png"),
    "writing a file": ("save", "png:/nowhere/out.png"),
    "leaving its folder": ("save", "png:/tmp/magick-nowhere/../out.png"),
}


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """One promise tried out: what it is, and what went wrong, if anything did."""

    name: str
    problem: str | None


def run_all() -> Iterator[SelfTestResult]:
    """Everything that is promised, tried out one by one."""
    for name, make in _originals().items():
        yield SelfTestResult(f"reads {name}", _reads(make))
    for name in WRITTEN:
        yield SelfTestResult(f"writes {name}", _writes(name))
    yield from run_policy_tests()


def run_policy_tests() -> Iterator[SelfTestResult]:
    """Every attack that the policy must refuse."""
    for name, (blob, coder) in _ATTACKS.items():
        let_in = _accepts(blob=blob, format=coder)
        yield SelfTestResult(f"refuses {name}", "it was let in" if let_in else None)
    for name, file in _NAMES.items():
        let_in = _accepts(filename=file)
        yield SelfTestResult(f"refuses {name}", "it was let in" if let_in else None)
    for name, (verb, file) in _PATHS.items():
        yield SelfTestResult(f"refuses {name}", _policy_problem(verb, file))


def main() -> int:
    """Print the version and what was proven, or what failed."""
    results = list(run_all())
    for result in results:
        if result.problem:
            sys.stderr.write(f"{result.name}: {result.problem}\n")
    sys.stdout.write(f"{MAGICK_VERSION}\n")
    for verb in ("reads", "writes", "refuses"):
        names = [
            result.name.removeprefix(f"{verb} ")
            for result in results
            if result.name.startswith(f"{verb} ") and not result.problem
        ]
        sys.stdout.write(f"{verb}: {', '.join(names)}\n")
    return 1 if any(result.problem for result in results) else 0


def _originals() -> dict[str, Callable[[], bytes]]:
    """Every format an upload may have, as a way to get such a file."""
    encoded = ("jpeg", "webp", "avif", "gif", "tiff", "bmp")
    return {
        "png": checkerboard_png,
        **{name: partial(_encoded, name) for name in encoded},
        "heic": lambda: HEIC,
    }


def _encoded(name: str) -> bytes:
    with magick.Image(blob=checkerboard_png(), format="png") as image:
        return bytes(image.make_blob(name))


def _size(fmt: str) -> Size:
    return Size(name="proof", geometry=geometry.parse("32x32"), format=fmt, quality=90)


def _reads(make: Callable[[], bytes]) -> str | None:
    try:
        variant = make_variants(make(), [_size("png")]).variants[0]
    except (Rejected, magick.WandException) as error:
        return str(error)
    return _wrong_image(variant.body)


def _writes(name: str) -> str | None:
    try:
        body = make_variants(checkerboard_png(), [_size(name)]).variants[0].body
        found = sniff(body).name
    except (Rejected, magick.WandException, RuntimeError) as error:
        return str(error)
    return _reads(lambda: body) if found == name else f"{found} came out"


def _wrong_image(png: bytes) -> str | None:
    """Whether the 32x32 picture still has a blue check left of a red one."""
    with magick.Image(blob=png, format="png") as image:
        if image.size != (32, 32):
            return f"it came out as {image.width}x{image.height}"
        left, right = image[4, 4], image[12, 4]
        if left.blue > left.red and right.red > right.blue:
            return None
    return "its colours came out wrong"


def _policy_problem(verb: str, file: str) -> str | None:
    with magick.Image(blob=checkerboard_png(), format="png") as image:
        try:
            getattr(image, verb)(filename=file)
        except magick.PolicyError:
            return None
        except magick.WandException as error:
            return f"the policy let it in: {error}"
    return "it was let in"


def _accepts(**what: str | bytes) -> bool:
    with magick.Image() as image:
        try:
            image.read(**what)
        except magick.WandException:
            return False
        return bool(image.width)


if __name__ == "__main__":
    sys.exit(main())
