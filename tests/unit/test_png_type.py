"""A PNG's type is the same whether it is named to ImageMagick or searched by it."""

from __future__ import annotations

import base64
import inspect
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import imagemagick, python_of

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime

SIZE = ["-size", "300x200"]
PHOTO = ["-seed", "5", *SIZE, "plasma:red-blue", "-alpha", "off"]
GREY = ["-seed", "5", *SIZE, "plasma:gray30-gray70", "-colorspace", "gray"]
FADING = ["(", *SIZE, "gradient:white-black", ")"]
HALF = ["(", *SIZE, "gradient:white-black", "-threshold", "50%", ")"]
AS_ALPHA = ["-alpha", "off", "-compose", "copyopacity", "-composite", "png:-"]

# ImageMagick's arguments → whether the type is named.
IMAGES = {
    "translucent photo": ([*PHOTO, *FADING, *AS_ALPHA], True),
    "translucent grey": ([*GREY, *FADING, *AS_ALPHA], False),
    "translucent flat": ([*SIZE, "xc:red", *FADING, *AS_ALPHA], False),
    "opaque with alpha": ([*PHOTO, "-alpha", "opaque", "png32:-"], False),
    "opaque or transparent": ([*PHOTO, *HALF, *AS_ALPHA], None),
    "photo": ([*PHOTO, "png24:-"], False),
}


@pytest.mark.parametrize(
    "engine", ["machine", pytest.param("image", marks=pytest.mark.image)]
)
def test_the_type_is_the_same(engine: str, request: pytest.FixtureRequest) -> None:
    image: Runtime | None = None
    if engine == "image":
        image = request.getfixturevalue("image")
    files = {
        name: base64.b64encode(imagemagick.run(arguments)).decode()
        for name, (arguments, _) in IMAGES.items()
    }
    imports = "from __future__ import annotations\nimport base64, json, sys\n"
    source = f"{imports}{inspect.getsource(_both_ways)}\n_both_ways()"
    found = python_of.run(source, files, image)
    for name, (_, named) in IMAGES.items():
        assert found[name]["bodies"][0] == found[name]["bodies"][1], name
        assert named is None or found[name]["named"] == named, name


def _both_ways() -> None:
    """Read files, write the variants made with and without naming the type."""
    from resize_on_upload.imaging.codecs import png_content
    from resize_on_upload.imaging.pipeline import make_variants
    from resize_on_upload.sizes.parser import parse

    sizes = parse(json.dumps({"sizes": ["150x", "250x"], "format": "png"}))
    asked: list[bool] = []
    needed = png_content.needs_rgba

    def noted(*arguments: Any) -> bool:
        asked.append(needed(*arguments))
        return asked[-1]

    results = {}
    for name, text in json.load(sys.stdin).items():
        blob, bodies = base64.b64decode(text), []
        asked.clear()
        for way in (noted, lambda *_: False):
            vars(png_content)["needs_rgba"] = way
            made = make_variants(blob, sizes).variants
            bodies.append([base64.b64encode(one.body).decode() for one in made])
        results[name] = {"named": any(asked), "bodies": bodies}
    json.dump(results, sys.stdout)
