"""Record the upload page from the drop to the sizes: docs/pictures/drop.webp.

`make pictures` runs it; it needs Chromium and scikit-image, whose photos it drops. The
frames stay in .local/recording, each with its milliseconds since the start.
"""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import skimage.data
from wand.image import Image
from wand.version import MAGICK_VERSION_NUMBER

from local.deployment.checkout import copy_project
from local.stack import ROOT, TOOLS, running
from local.upload_page.server import UploadPage
from scripts.chromium import chromium, program

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from scripts.chromium import Tab

RECORDING = ROOT / "docs" / "pictures" / "drop.webp"
FRAMES = TOOLS / "recording"
SIZES = """{"sizes": [
  "300x", "50x50", {"geometry": "150x150^", "name": "square", "crop": true}
]}"""

# CC0, by Stéfan van der Walt and Rachel Michetti; those of NASA are in the public
# domain.
PHOTOS = {
    "cat.jpg": "chelsea.png",
    "coffee.jpg": "coffee.png",
    "hubble.jpg": "hubble_deep_field.jpg",
}

_MAGICK_7 = 0x700
_WIDTH, _HEIGHT = 1_000, 800
_UPLOAD_BYTES_PER_SECOND = 200_000
_LAST_FRAME_MILLISECONDS = 4_000
_MAX_MILLISECONDS = 1_500
"""Of one frame, however long nothing changed."""


@dataclass(frozen=True)
class Recorder:
    """Takes a frame, named by when it was taken."""

    tab: Tab
    began: float

    def frame(self) -> None:
        """Take one frame."""
        milliseconds = 1_000 * (time.monotonic() - self.began)
        self.tab.screenshot(FRAMES / f"{milliseconds:06.0f}.png")

    def until(self, condition: str) -> None:
        """Take frames until an expression is true."""
        while not self.tab.evaluate(condition):
            self.frame()
        self.frame()

    def during(self, seconds: float) -> None:
        """Take frames for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.frame()


def main() -> None:
    """Take the frames, and make the animation of them."""
    if not program():
        sys.exit("Chromium is needed: apt-get install chromium")
    shutil.rmtree(FRAMES, ignore_errors=True)
    FRAMES.mkdir(parents=True)
    with TemporaryDirectory() as folder:
        _record(Path(folder))
    animate(sorted(FRAMES.glob("*.png")), RECORDING)
    print(f"{RECORDING}: {RECORDING.stat().st_size:,} bytes")


def _record(folder: Path) -> None:
    project = copy_project(folder / "checkout")
    (project / "config" / "sizes.json").write_text(SIZES)
    with (
        running(context={"delivery": "true"}, project=project) as stack,
        UploadPage(stack) as page,
        chromium(folder / "profile") as tab,
    ):
        tab.resize(_WIDTH, _HEIGHT)
        tab.prefer(prefers_color_scheme="light")
        tab.open(page.url)
        _play(Recorder(tab, time.monotonic()), [*_photos(folder), _broken(folder)])


def _play(recorder: Recorder, files: list[Path]) -> None:
    tab = recorder.tab
    recorder.during(0.5)
    tab.hover(files)
    recorder.during(0.5)
    tab.limit_uploads(_UPLOAD_BYTES_PER_SECOND)
    tab.drop(files)
    recorder.until("document.querySelectorAll('[data-state=ready]').length === 3")
    recorder.during(1.5)
    tab.evaluate("document.querySelector('[data-state=ready] summary').click()")
    tab.wait("document.querySelector('pre').textContent.length > 9")
    recorder.during(1.5)
    tab.evaluate("scrollTo(0, document.body.scrollHeight)")
    recorder.during(0.3)


def _photos(folder: Path) -> Iterator[Path]:
    data = Path(skimage.data.__file__).parent
    for name, file in PHOTOS.items():
        with Image(filename=str(data / file)) as photo:
            photo.compression_quality = 92
            photo.save(filename=str(folder / name))
        yield folder / name


def _broken(folder: Path) -> Path:
    file = folder / "half-downloaded.jpg"
    file.write_bytes((folder / "hubble.jpg").read_bytes()[:200])
    return file


def animate(frames: Iterable[Path], target: Path) -> None:
    """Write frames as one animated WebP; those that show the same become one."""
    with Image() as animation:
        for file, milliseconds in _as_encoded([*_durations([*frames])]):
            with Image(blob=file.read_bytes(), format="png") as frame:
                frame.delay = round(milliseconds / 10)
                animation.sequence.append(frame)
        animation.loop = 0
        animation.compression_quality = 80
        animation.options["webp:method"] = "6"
        animation.iterator_reset()
        animation.format = "webp"
        target.write_bytes(animation.make_blob())


def _as_encoded(frames: list[tuple[Path, float]]) -> list[tuple[Path, float]]:
    """Frames with the delays that make the encoder write these durations.

    ImageMagick 6 begins each frame at its end; the last one gets the mean duration.
    """
    if MAGICK_VERSION_NUMBER >= _MAGICK_7:
        return frames
    files, durations = zip(*frames, strict=True)
    return [*zip((*files, files[-1]), (0, *durations), strict=True)]


def _durations(frames: list[Path]) -> Iterator[tuple[Path, float]]:
    shown: list[Path] = []
    for file in frames:
        if not shown or file.read_bytes() != shown[-1].read_bytes():
            shown.append(file)
    for file, following in pairwise(shown):
        yield file, min(int(following.stem) - int(file.stem), _MAX_MILLISECONDS)
    yield shown[-1], _LAST_FRAME_MILLISECONDS


if __name__ == "__main__":
    main()
