"""Compare ways to sharpen reduced images; write the table into docs/engine.md.

Each way sharpens this project's own variants, as PNG. Its result is compared, by
SSIMULACRA2, with an average of areas of the original that libvips and ImageMagick
sharpened by their defaults; and its halos are measured: by how much values pass the
lowest and highest around them. `make sharpness` runs it.
"""

from __future__ import annotations

import argparse
import io
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from bench import folders
from bench.encoding.quality import photos
from bench.engines import place
from bench.engines.peer import likeness, this_project
from bench.features.engine import Engine
from bench.folders import SHARED
from bench.sharpness import cost, painted
from bench.sharpness.ways import CHOSEN, NONE, WAYS, Way, extremes
from resize_on_upload.imaging.imagemagick import magick
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from bench.engines.peer import Peer

WIDTHS = (50, 150, 300, 1_200)
MAX_PHOTOS = 11  # and a screenshot, for text
PART = 400  # pixels per side: of larger variants, the middle is measured
PEERS = ("libvips", "ImageMagick")


@dataclass(slots=True)
class Row:
    """The measurements of one way.

    Attributes:
        scores: Of each photo, by width and peer.
        past: Levels past the extremes around a value: exceeded by 1 in 200; the most.
        bytes: Of a JPEG, compared with that of the plain variant.
    """

    scores: dict[tuple[int, str], list[float]] = field(default_factory=dict)
    past: list[tuple[float, float]] = field(default_factory=list)
    bytes: list[float] = field(default_factory=list)

    @property
    def score(self) -> float:
        """The mean of all photos, widths and peers."""
        return float(np.mean([np.mean(scores) for scores in self.scores.values()]))


@dataclass(frozen=True, slots=True)
class Judge:
    """Compares images with what libvips and ImageMagick make."""

    peer: Peer
    folder: Path

    def scores(self, average: Image.Image, images: list[Any]) -> dict[str, list[float]]:
        """The scores of images of eight bits, by peer."""
        files = [self.folder / f"{number}.png" for number in range(len(images))]
        for file, image in zip(files, images, strict=True):
            Image.fromarray(image).save(file)
        names = [str(file) for file in files]
        return {
            name: self.peer.ask({"file": str(reference), "images": names})["scores"]
            for name, reference in self._references(average).items()
        }

    def _references(self, average: Image.Image) -> dict[str, Path]:
        """The average of areas, as each peer sharpens it by default."""
        files = {name: self.folder / f"{name}.png" for name in PEERS}
        plain = self.folder / "average.png"
        average.save(plain)
        self.peer.ask({"file": str(plain), "sharpened": str(files["libvips"])})
        with magick.Image(blob=plain.read_bytes(), format="png") as image:
            image.unsharp_mask(radius=0, sigma=1, amount=1, threshold=0.05)
            files["ImageMagick"].write_bytes(image.make_blob("png"))
        return files


def main() -> int:
    """Print the table; return 1 if the chosen way scores no better than none."""
    parser = argparse.ArgumentParser(prog="bench.sharpness", description=__doc__)
    parser.add_argument("--photos", type=int, default=MAX_PHOTOS)
    most = parser.parse_args().photos
    files = [*photos()[:most], SHARED / "photos" / "p05_shot.png"]
    if not files[-1].exists():
        sys.exit("no photos in ../shared, next to the checkout")
    rows = {way: Row() for way in WAYS}
    with place.deployed() as where, this_project(where).running() as resizer:
        folder = where.folder("sharpness")
        with likeness().running() as peer:
            engine, judge = Engine(resizer, folder), Judge(peer, folder)
            for done, file in enumerate(files, start=1):
                _measure(engine, judge, file, rows)
                terminal.show_progress(done, len(files))
        table = "\n".join(_lines(rows))
        about = f"{where.description} {len(files)} photos.\n{cost.sentence(engine)}"
        print(f"{about}\n\n{table}")
        if most == MAX_PHOTOS:
            where.publish("engine.md", {"sharpness": f"{about}\n\n{table}"})
            _draw(engine)
    return int(rows[CHOSEN].score <= rows[NONE].score)


def _draw(engine: Engine) -> None:
    """Draw the image in the docs."""
    sizes = [{"geometry": "150x", "name": f"s{n}", "sharpen": n} for n in (0, 1, 2)]
    bodies = engine.make(painted.original(), {"sizes": sizes, "format": "png"})
    file = folders.CHARTS / "sharpen.png"
    painted.side_by_side(bodies).save(file, optimize=True)


def _measure(engine: Engine, judge: Judge, file: Path, rows: Mapping[Way, Row]) -> None:
    sizes = [f"{width}x" for width in WIDTHS]
    bodies = engine.make(file.read_bytes(), {"sizes": sizes, "format": "png"})
    original = ImageOps.exif_transpose(Image.open(file)).convert("RGB")
    for width, body in zip(WIDTHS, bodies, strict=True):
        plain = Image.open(io.BytesIO(body)).convert("RGB")
        average = original.resize(plain.size, Image.Resampling.BOX)
        values = np.asarray(_middle(plain))
        made = [way.sharpened(values) for way in rows]
        for name, scores in judge.scores(_middle(average), made).items():
            for row, score in zip(rows.values(), scores, strict=True):
                row.scores.setdefault((width, name), []).append(score)
        for row, one in zip(rows.values(), made, strict=True):
            row.past.append(_past(one, values))
            row.bytes.append(_jpeg(one) / _jpeg(values))


def _middle(image: Image.Image) -> Image.Image:
    width, height = (min(side, PART) for side in image.size)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _past(made: Any, plain: Any) -> tuple[float, float]:
    least, most = extremes(plain)
    past = np.maximum(np.maximum(made - most, least - made), 0)
    return float(np.percentile(past, 99.5)), float(past.max())


def _jpeg(values: Any) -> int:
    body = io.BytesIO()
    Image.fromarray(values).save(body, "jpeg", quality=82)
    return len(body.getvalue())


def _lines(rows: Mapping[Way, Row]) -> Iterator[str]:
    widths = " | ".join(f"{width:,} wide" for width in WIDTHS)
    yield f"| `sharpen` | adds | limit | {widths} | mean | past | JPEG |"
    yield f"|{'---|' * (6 + len(WIDTHS))}"
    for way, row in rows.items():
        scores = (
            " / ".join(f"{np.mean(row.scores[width, peer]):.1f}" for peer in PEERS)
            for width in WIDTHS
        )
        usual = np.mean([one for one, _ in row.past])
        cells = (
            *(way.sharpen, f"{way.amount:g} of {way.side}x{way.side}"),
            *("none" if way.limit is None else str(way.limit), *scores),
            *(f"{row.score:.1f}", f"{usual:.0f}, {max(m for _, m in row.past):.0f}"),
            f"{np.mean(row.bytes):.2f}",
        )
        yield f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
