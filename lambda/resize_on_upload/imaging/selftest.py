"""Test this build of ImageMagick: every documented format, every rule of the policy.

`python -m resize_on_upload.imaging.selftest` is the last step of the container image's
build, so that a broken one never reaches AWS. A library's list of formats proves
nothing: each format is decoded and encoded.
"""

from __future__ import annotations

import base64
import struct
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from wand.version import MAGICK_VERSION

from ..errors import Rejected, UnsupportedFormat
from ..sizes import geometry
from ..sizes.size import Size
from .checkerboard import checkerboard_png
from .formats import WRITTEN, sniff
from .imagemagick import magick
from .pipeline import make_variants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# The image of `checkerboard_png`, encoded once: ImageMagick here only decodes HEIC.
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

# The same, without loss, by cjxl.
JXL = base64.b64decode(
    """
    /wpPQCQIBAEA0ABLKLBtvE03PQkJCSMAL6hnJsagv0AIAIFUBADwj5A/F9bLZHa5PvNoQnT2Kh7RLDoo
    yLYB
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
_ALLOWED = "ImageMagick allowed it"
_NAMES = {
    "a file by its name": "/etc/hostname",
    "a list of names": "@/etc/hostname",
    "a URL": "https://127.0.0.1/x.png",
    "a pseudo image": "xc:red",
}
# These files do not exist: any other error than the policy's proves nothing.
_PATHS = {
    "reading a file": ("read", "png:/nowhere/in.png"),
    "writing a file": ("save", "png:/nowhere/out.png"),
    "leaving its folder": ("save", "png:/tmp/magick-nowhere/../out.png"),
}


@dataclass(frozen=True, slots=True)
class SelfTestResult:
    """What was tested, and the problem if it failed."""

    name: str
    problem: str | None


def run_all(*, strict: bool = True) -> Iterator[SelfTestResult]:
    """Test every format and every rule of the policy.

    Args:
        strict: Whether JPEG XL must be read, as the container image does.
    """
    for name, make in _originals().items():
        if strict or name != "jxl" or not lacks_jxl():
            yield SelfTestResult(f"reads {name}", _reads(make))
    for name in WRITTEN:
        yield SelfTestResult(f"writes {name}", _writes(name))
    yield from run_policy_tests()


def lacks_jxl() -> bool:
    """Whether this ImageMagick has no decoder for JPEG XL: Debian's has none."""
    try:
        make_variants(JXL, [_size("png")])
    except UnsupportedFormat:
        return True
    except Rejected:
        return False
    return False


def run_policy_tests() -> Iterator[SelfTestResult]:
    """Try every attack that the policy must refuse."""
    for name, (blob, coder) in _ATTACKS.items():
        allowed = _accepts(blob=blob, format=coder)
        yield SelfTestResult(f"refuses {name}", _ALLOWED if allowed else None)
    for name, file in _NAMES.items():
        allowed = _accepts(filename=file)
        yield SelfTestResult(f"refuses {name}", _ALLOWED if allowed else None)
    for name, (verb, file) in _PATHS.items():
        yield SelfTestResult(f"refuses {name}", _policy_problem(verb, file))


def main() -> int:
    """Print the version, what works and what fails; return 1 if anything fails."""
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
    """Format name → function that makes such a file."""
    encoded = ("jpeg", "webp", "avif", "gif", "tiff", "bmp")
    return {
        "png": checkerboard_png,
        **{name: partial(_encoded, name) for name in encoded},
        "heic": lambda: HEIC,
        "jxl": lambda: JXL,
        "raw": _raw_photo,
    }


def _encoded(name: str) -> bytes:
    with magick.Image(blob=checkerboard_png(), format="png") as image:
        return bytes(image.make_blob(name))


def _raw_photo() -> bytes:
    """A TIFF of sensor values with a JPEG of the same size."""
    jpeg = _encoded("jpeg")
    tags = {256: 64, 257: 64, 262: 32_803, 513: 74, 514: len(jpeg)}
    entries = (struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags.items())
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    return b"".join((head, *entries, bytes(4), jpeg))


def _size(fmt: str) -> Size:
    return Size(name="test", geometry=geometry.parse("32x32"), format=fmt, quality=90)


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
    return _reads(lambda: body) if found == name else f"the result is {found}"


def _wrong_image(png: bytes) -> str | None:
    """The problem if the 32x32 image has no blue square left of a red one."""
    with magick.Image(blob=png, format="png") as image:
        if image.size != (32, 32):
            return f"the result is {image.width}x{image.height}"
        left, right = image[4, 4], image[12, 4]
        if left.blue > left.red and right.red > right.blue:
            return None
    return "the result has wrong colours"


def _policy_problem(verb: str, file: str) -> str | None:
    with magick.Image(blob=checkerboard_png(), format="png") as image:
        try:
            getattr(image, verb)(filename=file)
        except magick.PolicyError:
            return None
        except magick.WandException as error:
            return f"the policy allowed it: {error}"
    return _ALLOWED


def _accepts(**what: str | bytes) -> bool:
    with magick.Image() as image:
        try:
            image.read(**what)
        except magick.WandException:
            return False
        return bool(image.width)


if __name__ == "__main__":
    sys.exit(main())
