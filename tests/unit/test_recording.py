"""The recording of the upload page: which frames it has, and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wand.image import Image

from scripts import recording

if TYPE_CHECKING:
    from pathlib import Path


def _frames(folder: Path, frames: dict[int, str]) -> list[Path]:
    for milliseconds, color in frames.items():
        with Image(width=80, height=60, background=color) as image:
            file = folder / f"{milliseconds:06}.png"
            file.write_bytes(image.make_blob("png"))
    return sorted(folder.glob("*.png"))


def _durations(webp: bytes) -> list[int]:
    """Milliseconds of each frame, from the header of its chunk."""
    found, place = [], 12
    while place < len(webp):
        size = int.from_bytes(webp[place + 4 : place + 8], "little")
        if webp[place : place + 4] == b"ANMF":
            found.append(int.from_bytes(webp[place + 20 : place + 23], "little"))
        place += 8 + size + size % 2
    return found


def test_frames_that_show_the_same_become_one(tmp_path: Path) -> None:
    """Each stays until the next begins, the last for longer."""
    frames = _frames(tmp_path, {20: "red", 130: "red", 240: "lime", 350: "blue"})
    target = tmp_path / "drop.webp"
    recording.animate(frames, target)
    *first, last = _durations(target.read_bytes())
    assert first == [220, 110]
    assert last >= 4_000


def test_a_pause_is_not_recorded_in_full(tmp_path: Path) -> None:
    frames = _frames(tmp_path, {0: "red", 9_000: "lime"})
    assert [time for _, time in recording._durations(frames)] == [1_500, 4_000]


def test_the_recording_is_small_enough_for_the_readme() -> None:
    assert recording.RECORDING.stat().st_size < 600_000
