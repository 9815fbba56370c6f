"""The demo: photos in, sizes out, a listing, a gallery."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local.stack import ROOT, TOOLS, Stack, running
from resize_on_upload.imaging.imagemagick.magick import POLICY_VARIABLE
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.sizes.size import sizes_for_key
from tools import sizes_file, terminal
from tools.engine import gallery
from tools.engine.gallery import THUMBNAIL, GalleryItem, Section
from tools.terminal import say, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OUTPUT = ROOT / "demo"
PATIENCE = 60  # seconds without a new size before the demo gives up


class DemoError(RuntimeError):
    """A photo has not all of its sizes; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Resized:
    """One object of the resized bucket, read back."""

    key: str
    body: bytes
    content_type: str
    width: int
    height: int

    @property
    def prefix(self) -> str:
        """The size's name."""
        return self.key.split("/", 1)[0]

    @property
    def photo(self) -> str:
        """The key of the upload."""
        return _photo(self.key)


def run(photos: dict[str, Path]) -> None:
    """Resize photos, by key, or the samples where there are none; show what came out.

    Raises:
        DemoError: a photo has not all of its sizes; those of the others are shown.
    """
    start = time.monotonic()
    photos = photos or samples()
    with running(say=say) as stack:
        upload(stack, photos)
        problems = wait(stack, photos)
        results = list(_results(stack, photos))
        shutil.rmtree(OUTPUT, ignore_errors=True)
        _save(results)
    _list(results)
    page = gallery.write(OUTPUT / "gallery.html", sections(photos, results, problems))
    say(
        "",
        f"{len(results)} pictures of {len(photos) - len(problems)} photos in "
        f"{time.monotonic() - start:.0f} s, the start of the whole stack included.",
        f"The pictures: {OUTPUT.relative_to(ROOT)}/",
        f"The gallery:  {page.relative_to(ROOT)}",
    )
    if problems:
        causes = (f"  {key}: {cause}" for key, cause in problems.items())
        raise DemoError("\n".join(("Not all sizes could be made of:", *causes)))


def sections(
    photos: dict[str, Path], results: list[Resized], problems: dict[str, str]
) -> Iterator[Section]:
    """Each photo with its sizes, or why it has none, for the gallery."""
    for key, file in photos.items():
        if key in problems:
            yield Section(title=key, rejected=problems[key])
            continue
        mine = (result for result in results if result.photo == key)
        body = file.read_bytes()
        yield Section(
            title=key,
            original=make_variants(body, [THUMBNAIL]),
            bytes=len(body),
            items=[
                GalleryItem(r.prefix, r.body, r.content_type, r.width, r.height)
                for r in mine
            ],
        )


def saved() -> list[Resized]:
    """What the last run left in the demo folder."""
    files = sorted(file for file in OUTPUT.glob("*/**/*") if file.is_file())
    return [_result(str(file.relative_to(OUTPUT)), file.read_bytes()) for file in files]


def samples() -> dict[str, Path]:
    """Key → file of the sample photos, painted the first time."""
    folder = TOOLS / "photos"
    painter = Path(__file__).with_name("sample_photos.py")
    stamp = folder / f".{int(painter.stat().st_mtime)}"
    if not stamp.exists():
        say("Painting the sample photos")
        shutil.rmtree(folder, ignore_errors=True)
        # Without the function's policy, which our own import of it has set.
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


def upload(stack: Stack, photos: dict[str, Path]) -> None:
    """Put every photo into the original bucket, as `aws s3 cp` would."""
    total = sum(file.stat().st_size for file in photos.values())
    say(f"Uploading {len(photos)} photos ({total / 1e6:.1f} MB) to {stack.original}")
    client = stack.s3()
    for key, file in photos.items():
        client.put_object(Bucket=stack.original, Key=key, Body=file.read_bytes())


def wait(stack: Stack, photos: Iterable[str]) -> dict[str, str]:
    """Show progress until every size is there, or is known not to come.

    Returns:
        Key → cause, of the photos that have not all of their sizes.
    """
    client, wanted = stack.s3(), set(_expected(photos))
    missing, rejected = wanted, dict[str, str]()
    deadline = time.monotonic() + PATIENCE
    while missing and time.monotonic() < deadline:
        before, rejected = missing, _reasons(stack, "image.rejected")
        found = set(_keys(client, stack.resized))
        missing = {key for key in missing - found if _photo(key) not in rejected}
        if missing != before:
            deadline = time.monotonic() + PATIENCE
            terminal.show_progress(len(wanted) - len(missing), len(wanted))
        time.sleep(0.05)
    failed = _reasons(stack, "image.failed")
    late = f"nothing came for {PATIENCE} s; see the function's log"
    return rejected | {
        key: failed.get(key, late) for key in sorted(map(_photo, missing))
    }


def _photo(target: str) -> str:
    """The key of the upload that a size is of."""
    return target.split("/", 1)[1]


def _expected(photos: Iterable[str]) -> Iterator[str]:
    configured = sizes_file.load(ROOT / "config" / "sizes.json")
    for key in photos:
        wanted = sizes_for_key(configured, key)
        yield from (size.variant_key(key) for size in wanted if not size.suffix)


def _keys(client: Any, bucket: str) -> Iterator[str]:
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (entry["Key"] for entry in page.get("Contents", ()))


def _reasons(stack: Stack, event: str) -> dict[str, str]:
    """Key → cause, from the function's own log lines of an event."""
    lines = (line for line in stack.log().splitlines() if line.startswith("{"))
    records = [json.loads(line) for line in lines]
    return {
        record["key"]: f"{record['reason']}: {record['message']}"
        for record in records
        if record["event"] == event
    }


def _results(stack: Stack, photos: Iterable[str]) -> Iterator[Resized]:
    client = stack.s3()
    made = set(_keys(client, stack.resized))
    for key in sorted(made.intersection(_expected(photos))):
        answer = client.get_object(Bucket=stack.resized, Key=key)
        yield _result(key, answer["Body"].read())


def _result(key: str, body: bytes) -> Resized:
    found = probe(body, Limits())
    header = found.header
    return Resized(key, body, found.format.content_type, header.width, header.height)


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
