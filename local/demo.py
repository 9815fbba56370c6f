"""The demo: upload photos, list their variants, show them in a gallery."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from local import uploads
from local.stack import ROOT, TOOLS, running
from resize_on_upload.imaging.imagemagick.magick import POLICY_VARIABLE
from resize_on_upload.imaging.pipeline import make_variants
from tools.engine import gallery
from tools.engine.gallery import THUMBNAIL, GalleryItem, Section
from tools.terminal import plural, say, write

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.uploads import Problems, Resized

OUTPUT = ROOT / "demo"


class DemoError(RuntimeError):
    """A photo failed, or none was resized; the message has the reasons."""


def run(photos: dict[str, Path]) -> None:
    """Resize photos, by key, or the samples if there are none, and show the results.

    Raises:
        DemoError: a photo failed, or none was resized; the others are shown.
    """
    start = time.monotonic()
    photos = photos or samples()
    with running(say=say) as stack:
        uploads.upload(stack, photos)
        problems = uploads.wait(stack, photos)
        results = list(uploads.results(stack, photos))
        shutil.rmtree(OUTPUT, ignore_errors=True)
        _save(results)
    _list(results)
    shown = sections(photos, results, problems.all)
    page = gallery.write(OUTPUT / "gallery.html", shown)
    resized = plural(len(photos) - len(problems.all), "photo")
    say(
        "",
        f"{len(results)} variants of {resized} in {time.monotonic() - start:.0f} s, "
        "including start-up of the whole stack.",
        f"Variants: {OUTPUT.relative_to(ROOT)}/",
        f"Gallery:  {page.relative_to(ROOT)}",
    )
    _report(problems, made=bool(results))


def _report(problems: Problems, *, made: bool) -> None:
    if problems.rejected:
        say("", "Rejected:", *_lines(problems.rejected))
    if problems.failed:
        raise DemoError(
            "\n".join(("Not all variants were made:", *_lines(problems.failed)))
        )
    if not made:
        msg = "No photo was resized."
        raise DemoError(msg)


def _lines(reasons: dict[str, str]) -> list[str]:
    return [f"  {key}: {reason}" for key, reason in reasons.items()]


def sections(
    photos: dict[str, Path], results: list[Resized], problems: dict[str, str]
) -> Iterator[Section]:
    """Yield each photo with its variants, or why it has none, for the gallery."""
    for key, file in photos.items():
        if key in problems:
            yield Section(title=key, rejected=problems[key])
            continue
        body = file.read_bytes()
        yield Section(
            title=key,
            original=make_variants(body, [THUMBNAIL]),
            bytes=len(body),
            items=[
                GalleryItem(r.prefix, r.body, r.content_type, r.width, r.height)
                for r in results
                if r.photo == key
            ],
        )


def saved() -> list[Resized]:
    """Return what the last run wrote to the demo folder."""
    files = sorted(file for file in OUTPUT.glob("*/**/*") if file.is_file())
    return [
        uploads.parse(str(file.relative_to(OUTPUT)), file.read_bytes())
        for file in files
    ]


def samples() -> dict[str, Path]:
    """Return key → file of the sample photos, which are painted the first time."""
    folder = TOOLS / "photos"
    painter = Path(__file__).with_name("sample_photos.py")
    stamp = folder / f".{int(painter.stat().st_mtime)}"
    if not stamp.exists():
        say("Painting the sample photos")
        shutil.rmtree(folder, ignore_errors=True)
        # Without the function's policy, which importing it has set here.
        environment = {k: v for k, v in os.environ.items() if k != POLICY_VARIABLE}
        subprocess.run(
            [sys.executable, "-m", "local.sample_photos", str(folder)],
            check=True,
            cwd=ROOT,
            env=environment,
        )
        stamp.touch()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(file.relative_to(folder)): file for file in files if file != stamp}


def _save(results: list[Resized]) -> None:
    for result in results:
        file = OUTPUT / result.key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(result.body)


def _list(results: list[Resized]) -> None:
    write("")
    for result in results:
        pixels = f"{result.width}x{result.height}"
        write(f"{pixels:>11} {len(result.body):>9}  {result.key}")
