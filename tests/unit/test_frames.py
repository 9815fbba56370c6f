"""Frames in their own colours, and repeated ones, show what ImageMagick's would."""

from __future__ import annotations

import base64
import ctypes
import inspect
import json
import sys
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Pillow
from PIL import ImageChops, ImageSequence

from resize_on_upload.imaging.codecs import decode_rows, frames
from resize_on_upload.imaging.imagemagick import magick
from tests.support import imagemagick, python_of

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime

pytestmark = pytest.mark.skipif(
    bool(decode_rows.problem()) or not frames.LIBRARY.exists(),
    reason="frames.c was not compiled here",
)

FLAT = ["-size", "80x60", "xc:navy", "-fill", "red"]
STEPS = [f"rectangle {x},9 {x + 12},30" for x in (4, 4, 20, 20, 36, 36)]
SQUARES = [part for one in STEPS for part in ("(", *FLAT, "-draw", one, ")")]
HOLES = [
    part
    for one in STEPS
    for part in (*("(", "-size", "80x60", "xc:none", "-fill", "red"), "-draw", one, ")")
]
PLASMA = ["-seed", "3", "-size", "80x60", "plasma:red-blue"]
ENDS = ["(", "+clone", "-set", "delay", "50", ")"]  # a repeated last frame
TIMED = ["-delay", "7", "-dispose", "None"]

# ImageMagick's arguments → what is done to the frames of its result.
ANIMATIONS: dict[str, tuple[list[str], set[str]]] = {
    "squares": ([*TIMED, *SQUARES, *ENDS], {"repeats", "exact"}),
    "optimized": (
        [*TIMED, *SQUARES, *ENDS, "-layers", "optimize"],
        {"repeats", "exact"},
    ),
    "holes": (["-delay", "7", "-dispose", "Background", *HOLES, *ENDS], {"repeats"}),
    "grey": (
        [*TIMED, *SQUARES, *ENDS, "-colorspace", "gray"],
        {"repeats", "exact"},
    ),
    "still": (FLAT, {"exact"}),
    "photo": (
        [*TIMED, *PLASMA, "(", "+clone", "-negate", ")", *ENDS],
        {"repeats", "exact", "quantized"},
    ),
}
SIZES = ["50x", "120x", {"geometry": "30x30^", "name": "crop", "crop": True}, "80x"]


@pytest.fixture(
    params=["machine", pytest.param("image", marks=pytest.mark.image)],
)
def engine(request: pytest.FixtureRequest) -> Runtime | None:
    """The container image, or None: this machine."""
    if request.param == "machine":
        return None
    image: Runtime = request.getfixturevalue("image")
    return image


def test_no_frame_looks_different(engine: Runtime | None) -> None:
    """The same pixels, timing, disposal and loops as without frames.c."""
    files = {
        name: base64.b64encode(imagemagick.run([*arguments, "gif:-"])).decode()
        for name, (arguments, _) in ANIMATIONS.items()
    }
    imports = "from __future__ import annotations\nimport base64, json, sys\n"
    source = f"{imports}{inspect.getsource(_both_ways)}\n_both_ways()"
    found = python_of.run(source, {"sizes": SIZES, "files": files}, engine)
    for name, (_, expected) in ANIMATIONS.items():
        one, other = found[name]
        assert {way for way, times in one["used"].items() if times} == expected, name
        for new, old in zip(one["bodies"], other["bodies"], strict=True):
            assert _timing(new) == _timing(old), name
            # ImageMagick 6 does not keep all greys exactly.
            assert _difference(new, old) <= (8 if name == "grey" else 0), name


def _both_ways() -> None:
    """Read files, write the variants made with and without frames.c."""
    from collections import Counter

    from resize_on_upload.imaging.codecs import frames, gif_optimizer
    from resize_on_upload.imaging.pipeline import make_variants
    from resize_on_upload.sizes.parser import parse

    request = json.load(sys.stdin)
    sizes = parse(json.dumps({"sizes": request["sizes"], "format": "gif"}))
    used: Counter[str] = Counter()
    usable, module = frames._is_usable, vars(gif_optimizer)
    quick, repeats = module["set_exact_pixels"], module["repeats"]

    def noted(*arguments: Any) -> bool:
        done = bool(quick(*arguments))
        used["exact" if done else "quantized"] += 1
        return done

    def noted_repeats(*arguments: Any) -> frozenset[int]:
        found: frozenset[int] = repeats(*arguments)
        used["repeats"] += len(found)
        return found

    module.update(set_exact_pixels=noted, repeats=noted_repeats)
    results: dict[str, list[Any]] = {}
    for name, text in request["files"].items():
        blob = base64.b64decode(text)
        results[name] = []
        for answer in (usable, lambda: False):
            used.clear()
            frames._is_usable = answer  # type: ignore[assignment]
            made = make_variants(blob, sizes).variants
            bodies = [base64.b64encode(one.body).decode() for one in made]
            results[name].append({"used": dict(used), "bodies": bodies})
    json.dump(results, sys.stdout)


def _timing(text: str) -> list[Any]:
    """The number of loops, then each frame's duration and disposal."""
    with Pillow.open(BytesIO(base64.b64decode(text))) as opened:
        each = [
            (frame.info.get("duration"), opened.disposal_method)  # type: ignore[attr-defined]
            for frame in ImageSequence.Iterator(opened)
        ]
        return [opened.info.get("loop"), *each]


def _difference(*texts: str) -> int:
    """The largest difference of two animations in any visible pixel."""
    first, second = (_shown(text) for text in texts)
    return max(
        max(ImageChops.difference(*pair).tobytes())
        for pair in zip(first, second, strict=True)
    )


def _shown(text: str) -> list[Pillow.Image]:
    """Each frame as it is shown; transparent pixels are white."""
    with Pillow.open(BytesIO(base64.b64decode(text))) as opened:
        frames = [frame.convert("RGBA") for frame in ImageSequence.Iterator(opened)]
    shown = [Pillow.new("RGBA", frame.size, (255, 255, 255, 0)) for frame in frames]
    for white, frame in zip(shown, frames, strict=True):
        white.paste(frame, mask=frame.getchannel("A"))
    return shown


def test_256_colours_are_kept_and_257_change_nothing() -> None:
    """Transparent pixels are of one colour, whatever is hidden in them."""
    for transparent, opaque, expected in (
        *((0, 256, True), (0, 257, False)),
        *((300, 255, True), (300, 256, False)),
    ):
        colours = [(n % 256, n // 256, 9, 0) for n in range(transparent)]
        colours += [(n % 256, 7, n // 256, 255) for n in range(opaque)]
        drawn = b"".join(map(bytes, colours))
        with magick.Image(width=3, height=2, background=magick.Color("red")) as image:
            image.alpha_channel = "set"
            before = magick.pixels(image, "RGBA").raw
            buffer = (ctypes.c_char * len(drawn)).from_buffer_copy(drawn)
            done = frames.set_exact_pixels(image, len(colours), 1, buffer)
            after = magick.pixels(image, "RGBA").raw
        assert done is expected
        shown = bytes(4 * transparent) + drawn[4 * transparent :]
        assert after == (shown if expected else before)


def test_frames_that_differ_are_not_repeats() -> None:
    """By their pixels, size, transparency or colour profile."""
    red, blue = magick.Color("red"), magick.Color("blue")
    first = magick.Image(width=5, height=4, background=red)
    others = {
        "same": first.clone(),
        "equal": magick.Image(width=5, height=4, background=red),
        "last pixel": first.clone(),
        "colour": magick.Image(width=5, height=4, background=blue),
        "size": magick.Image(width=4, height=5, background=red),
        "alpha": first.clone(),
        "profile": first.clone(),
    }
    others["last pixel"][4, 3] = blue
    others["alpha"].alpha_channel = "set"
    others["profile"].profiles["icc"] = b"not the profile of the other one"
    found = {name for name, one in others.items() if frames.repeats([first, one])}
    assert found == {"same", "equal"}
    for one in (first, *others.values()):
        one.close()
