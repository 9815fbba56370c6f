"""Take the docs' screenshots: a photo with its variants, and a page with a manifest.

`make pictures` runs it after the demo; it needs Chromium.
"""

from __future__ import annotations

import re
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from tempfile import TemporaryDirectory

from local.demo.photographs import credits_of
from local.demo.photos import samples
from local.demo.variants import configured
from local.http_server import LoopbackServer
from local.processes import LOOPBACK
from local.stack import ROOT
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.reconcile.description import manifest
from resize_on_upload.sizes import geometry
from resize_on_upload.sizes import parser as sizes
from resize_on_upload.sizes.size import MANIFEST, Size
from scripts.chromium import Tab, chromium, program
from scripts.showcase.pages import SCALE, Photo, code_page, sizes_page

IMAGES = ROOT / "docs" / "pictures"
PHOTOS = ("coffee.jpg", "mountains.jpg")
PAGE_SIZES = '{"manifest": true, "sizes": ["200x", "400x", "600x"]}'
NARROW, WIDE = 130, 390
AS_WEBP = Size(
    name="screenshot", geometry=geometry.parse("4000x4000>"), format="webp", quality=92
)


def main() -> None:
    """Take both screenshots."""
    if not program():
        sys.exit("Chromium is needed: apt-get install chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    photo = _photo()
    with (
        TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        chromium(Path(folder) / "profile") as tab,
    ):
        tab.resize(840, 400, SCALE)
        transparent = {"r": 0, "g": 0, "b": 0, "a": 0}
        tab.send("Emulation.setDefaultBackgroundColorOverride", color=transparent)
        _sizes(tab, photo, Path(folder))
        _page(tab, photo, Path(folder))


def _photo() -> Photo:
    """The first of PHOTOS that is here."""
    found = samples()
    key = next(key for key in PHOTOS if key in found)
    body = found[key].read_bytes()
    header = probe(body, Limits()).header
    credit = next(iter(credits_of({key: found[key]})), "").rpartition("; ")[2]
    return Photo(key, body, header.width, header.height, credit)


def _sizes(tab: Tab, photo: Photo, folder: Path) -> None:
    """Take the photo with the sizes of config/sizes.json."""
    made = make_variants(photo.body, configured()).variants
    file = folder / "sizes.html"
    file.write_text(sizes_page(photo, made), encoding="utf-8")
    tab.open(file.as_uri())
    _take(tab, IMAGES / "sizes.webp")


def _page(tab: Tab, photo: Photo, folder: Path) -> None:
    """Take the page of docs/manifest.md, with variants laid out as in the bucket."""
    derived = make_variants(photo.body, sizes.parse(PAGE_SIZES))
    made = {variant.size: variant for variant in derived.variants[:-1]}
    for size, variant in made.items():
        _write(folder / size.variant_key(photo.key), variant.body)
    facts = manifest.variant_facts(
        photo.key, made, derived.source, made, lambda *_: False
    )
    about: dict[str, str | int] = {
        "key": photo.key, "id": "1", "bytes": len(photo.body)
    }  # fmt: skip
    document = manifest.compose(about, derived.source, facts, derived.variants[-1])
    path = MANIFEST.variant_key(photo.key)
    _write(folder / path, document)
    text = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
    (html,) = re.findall(r"```html\n(.*?)```", text, re.DOTALL)
    _write(folder / "page.html", html.encode())
    target, ratio = f"page.html?manifest={path}", photo.height / photo.width
    _write(folder / "code.html", code_page(target, NARROW, WIDE, ratio).encode())
    handler = partial(_Quiet, directory=str(folder))
    with LoopbackServer(handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tab.open(f"http://{LOOPBACK}:{server.server_port}/code.html")
        tab.wait("document.body.dataset.ready")
        _take(tab, IMAGES / "page.webp")
        server.shutdown()


def _take(tab: Tab, file: Path) -> None:
    """Take the whole page; this project's engine writes the file."""
    tab.resize(840, tab.evaluate("Math.ceil(document.body.scrollHeight)"), SCALE)
    png = file.with_suffix(".png")
    tab.screenshot(png)
    (made,) = make_variants(png.read_bytes(), [AS_WEBP]).variants
    file.write_bytes(made.body)
    png.unlink()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _write(file: Path, body: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)


if __name__ == "__main__":
    main()
