"""Compare crops with the gravity "auto" with libvips's, and measure what they cost.

`make attention` installs libvips, makes this project's crops in the container image,
prints the tables and writes them into docs/engine.md.
"""

from __future__ import annotations

import sys
from statistics import mean
from typing import TYPE_CHECKING

from bench.attention.comparison import CENTER, THIS, VIPS, photos, running
from bench.engines import place
from bench.engines.peer import this_project
from bench.folders import SHARED
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.attention.comparison import Crop
    from bench.engines.peer import Peer
    from bench.engines.place import Place

_FEW, _NEAR, _NEARER = 0.6, 0.2, 0.1
_PHOTO = SHARED / "photos" / "j12_d90.jpg"
_ROUNDS = 9
_COSTS = (
    ("200x200^",),
    ("400x400^", "1200x630^"),
    ("2400x2400^",),
)


def main() -> int:
    """Print and publish the tables; return 1 if the middle would be as good."""
    files = list(photos())
    if not _PHOTO.exists():
        sys.exit("no photos in ../shared, next to the checkout")
    crops: list[Crop] = []
    with place.deployed() as where:
        with running(where) as engines:
            for done, (photo, subject) in enumerate(files, start=1):
                crops += engines.crops(photo, subject)
                terminal.show_progress(done, len(files))
        tables = [*_comparison(crops, len(files)), "", *_costs(where)]
        print("\n".join(tables))
        where.publish("engine.md", {"attention": "\n".join(tables)})
    subjects = [crop for crop in crops if crop.subject]
    return int(_shown(subjects, THIS) <= _shown(subjects, CENTER))


def _comparison(crops: Sequence[Crop], photos: int) -> Iterator[str]:
    subjects = [crop for crop in crops if crop.subject]
    yield f"{len(subjects)} crops, 1:1, 2:1 and 1:2, of photos with a marked subject:"
    yield ""
    yield "| gravity | shown of the subject | crops that show less than 60 % of it |"
    yield "|---|---|---|"
    for name, engine in (("`auto`", THIS), ("`center`", CENTER), (VIPS, VIPS)):
        few = mean(crop.shown(engine) < _FEW for crop in subjects)
        yield f"| {name} | {_shown(subjects, engine):.1%} | {few:.1%} |"
    distances = [crop.distance for crop in crops]
    near, nearer = (
        mean(distance <= limit for distance in distances) for limit in (_NEAR, _NEARER)
    )
    yield ""
    yield (
        f"In {len(crops)} crops of all {photos} photos, the centres of `auto` and of "
        f"libvips are {mean(distances):.1%} of the side apart on\naverage; "
        f"{nearer:.0%} are within 10 %, {near:.0%} within 20 %."
    )


def _shown(crops: Sequence[Crop], engine: str) -> float:
    return mean(crop.shown(engine) for crop in crops)


def _costs(where: Place) -> Iterator[str]:
    yield "| crops of a 12-megapixel JPEG | `center` | `auto` takes longer by |"
    yield "|---|---|---|"
    with this_project(where).running() as peer:
        photo = where.folder("costs") / _PHOTO.name
        photo.write_bytes(_PHOTO.read_bytes())
        for geometries in _COSTS:
            center, auto = _cpu(peer, photo, geometries)
            names = " and ".join(f"`{one}`" for one in geometries)
            yield f"| {names} | {center:.0f} ms | {auto - center:.1f} ms |"


def _cpu(peer: Peer, photo: Path, geometries: Sequence[str]) -> list[float]:
    """CPU milliseconds with `center` and with `auto`: the least of several rounds."""
    sizes = [{"geometry": one, "name": f"s{one[:-1]}"} for one in geometries]
    found: dict[str, list[float]] = {"center": [], "auto": []}
    for _ in range(_ROUNDS):
        for gravity, times in found.items():
            document = {"crop": True, "gravity": gravity, "sizes": sizes}
            times.append(peer.ask({"file": str(photo), "document": document})["cpu"])
    return [min(times) for times in found.values()]


if __name__ == "__main__":
    sys.exit(main())
