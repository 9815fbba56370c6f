"""Where this project's image job cuts crops with the gravity "auto"."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from bench.peers import loop
from resize_on_upload.imaging import pipeline, steps
from resize_on_upload.sizes.parser import parse

if TYPE_CHECKING:
    from resize_on_upload.imaging.imagemagick import magick
    from resize_on_upload.imaging.output.output import Aim, Output

SIZES = parse(
    '{"sizes": [{"geometry": "300x300^", "name": "crop", "crop": true, '
    '"gravity": "auto"}]}'
)
AIMS: list[Aim] = []
LOOK = steps.look


def _look(small: magick.Image, output: Output) -> Aim:
    AIMS.append(LOOK(small, output))
    return AIMS[-1]


def resize(blob: bytes, job: dict[str, Any]) -> list[bytes]:
    """Make a crop; return left and top for each of the job's aspect ratios."""
    AIMS.clear()
    source = pipeline.make_variants(blob, SIZES).source
    size = source.width, source.height
    starts = [AIMS[0].crop_at(size, loop.box(size, one)) for one in job["aspects"]]
    return [json.dumps({"size": size, "starts": starts}).encode()]


if __name__ == "__main__":
    steps.look = _look
    loop.run(resize)
