"""How well `maxBytes` finds the highest quality that fits: encodes, and bytes unused.

`make limits` encodes photos in the container image at every quality, looks for limits
of 30 to 95 % of the bytes at the default quality, and writes the table into
docs/engine.md.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from bench.encoding.encoders import Way
from bench.encoding.equality import JPEG_OPTIONS, name_of
from bench.encoding.quality import chosen_photos
from bench.engines import place
from bench.engines.peer import Peer, this_project
from resize_on_upload.imaging.codecs.encode import QUALITY
from resize_on_upload.imaging.codecs.quality_search import MIN_QUALITY, search
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.engines.place import Place

    Curve = dict[int, bytes]  # quality → file

MAX_PHOTOS = 5
SIZES = ("150x", "600x")
SHARES = np.arange(0.30, 0.96, 0.05)
WAYS = tuple(
    Way(fmt, str(quality), quality, JPEG_OPTIONS if fmt == "jpeg" else {})
    for fmt, default in QUALITY.items()
    for quality in range(MIN_QUALITY, default + 1)
)


@dataclass(frozen=True, slots=True)
class Search:
    """What was found for one limit.

    Attributes:
        encodes: How many it took.
        below: Levels of quality below the highest that fits.
        unused: Of the limit, the share that the file does not use.
    """

    encodes: int
    below: int
    unused: float


def main() -> int:
    """Print the table; return 1 if a limit was exceeded that some quality keeps."""
    files = chosen_photos("max_bytes", __doc__, MAX_PHOTOS)
    found: dict[str, list[Search]] = {fmt: [] for fmt in QUALITY}
    with place.deployed() as where:
        for done, curves in enumerate(_curves(where, files), start=1):
            for fmt, curve in curves.items():
                found[fmt] += _searches(curve)
            terminal.show_progress(done, len(files) * len(SIZES))
        table = "\n".join(_lines(found))
        print(f"{where.description} {len(files)} photos.\n\n{table}")
        if len(files) == MAX_PHOTOS:
            where.publish("engine.md", {"max-bytes": table})
    return int(any(one.unused < 0 for searches in found.values() for one in searches))


def _curves(where: Place, files: list[Path]) -> Iterator[dict[str, Curve]]:
    """For each photo and size, the files of every quality, by format."""
    command = (*where.program("encoder"), "start")
    encoder = Peer("encoder", command, where.environment(), where.inside)
    inputs, outs = where.folder("inputs"), where.folder("outs")
    job = {"ways": [asdict(way) for way in WAYS]}
    with this_project(where).running() as resizer, encoder.running():
        for file in files:
            copy = shutil.copyfile(file, inputs / "photo")
            document = {"sizes": SIZES, "format": "png"}
            resizer.ask({"file": str(copy), "document": document}, inputs)
            for number in range(len(SIZES)):
                encoder.ask({"file": str(inputs / str(number)), **job}, outs)
                curves: dict[str, Curve] = {fmt: {} for fmt in QUALITY}
                for index, way in enumerate(WAYS):
                    body = (outs / str(index)).read_bytes()
                    curves[way.format][way.quality] = body
                yield curves


def _searches(curve: Curve) -> Iterator[Search]:
    """Search for each limit that some quality keeps."""
    for share in SHARES:
        limit = int(len(curve[max(curve)]) * share)
        fitting = [quality for quality, body in curve.items() if len(body) <= limit]
        if fitting:
            yield _search(curve, limit, max(fitting))


def _search(curve: Curve, limit: int, best: int) -> Search:
    tried: list[int] = []

    def encode(quality: int) -> bytes:
        tried.append(quality)
        return curve[quality]

    found = search(encode, max(curve), limit)
    return Search(len(tried), best - found.quality, 1 - len(found.body) / limit)


def _lines(found: dict[str, list[Search]]) -> Iterator[str]:
    yield "| format | encodes | the highest quality found | bytes unused: mean, most |"
    yield "|---|--:|--:|--:|"
    for fmt, searches in found.items():
        encodes = np.mean([one.encodes for one in searches])
        exact = np.mean([one.below == 0 for one in searches])
        unused = [one.unused for one in searches]
        yield (
            f"| {name_of(fmt)} | {encodes:.1f} | {exact:.0%} of {len(searches)} | "
            f"{np.mean(unused):.1%}, {max(unused):.0%} |"
        )


if __name__ == "__main__":
    sys.exit(main())
