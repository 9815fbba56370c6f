"""Take the docs' screenshots: a photo with its variants, and a page with a manifest.

`make pictures` runs it after the demo; it needs Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

from local.demo import contents
from local.demo.photos import samples
from local.demo.variants import saved
from local.processes import LOOPBACK
from local.stack import ROOT
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.reconcile import manifest
from resize_on_upload.sizes import parser as sizes
from resize_on_upload.sizes.size import MANIFEST
from resize_on_upload_cli.engine.gallery import page

IMAGES = ROOT / "docs" / "pictures"
PHOTO = "mountains.jpg"
PAGE_SIZES = '{"manifest": true, "sizes": ["200x", "500x", "1000x"]}'


def main() -> None:
    """Take both screenshots."""
    if not _browser():
        sys.exit("Chromium is needed: apt-get install chromium")
    IMAGES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        shown = contents.gallery({PHOTO: samples()[PHOTO]}, saved(), {}, {})
        file = page.write(Path(folder) / "gallery.html", shown)
        _shot(file.as_uri(), IMAGES / "sizes.png", "1180,510", Path(folder))
    with TemporaryDirectory() as folder:
        _page(Path(folder))


def _page(folder: Path) -> None:
    """Take the page of docs/manifest.md, with variants laid out as in the bucket."""
    body = samples()[PHOTO].read_bytes()
    derived = make_variants(body, sizes.parse(PAGE_SIZES))
    made = {variant.size: variant for variant in derived.variants[:-1]}
    for size, variant in made.items():
        _write(folder / size.variant_key(PHOTO), variant.body)
    facts = manifest.variant_facts(PHOTO, made, derived.source, made, lambda *_: False)
    about: dict[str, str | int] = {"key": PHOTO, "id": "1", "bytes": len(body)}
    document = manifest.compose(about, derived.source, facts, derived.variants[-1])
    _write(folder / MANIFEST.variant_key(PHOTO), document)
    text = (ROOT / "docs" / "manifest.md").read_text(encoding="utf-8")
    (html,) = re.findall(r"```html\n(.*?)```", text, re.DOTALL)
    _write(folder / "page.html", html.encode())
    handler = partial(_Quiet, directory=str(folder))
    with ThreadingHTTPServer((LOOPBACK, 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        target = f"page.html?manifest={MANIFEST.variant_key(PHOTO)}"
        url = f"http://{LOOPBACK}:{server.server_port}/{target}"
        _shot(url, IMAGES / "page.png", "380,253", folder)
        server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Log nothing."""


def _write(file: Path, body: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)


def _browser() -> str | None:
    return shutil.which("chromium") or shutil.which("google-chrome")


def _shot(url: str, image: Path, window: str, folder: Path) -> None:
    subprocess.run(
        [
            str(_browser()),
            *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
            *("--disable-background-networking", "--disable-component-update"),
            *("--disable-quic", "--hide-scrollbars", f"--window-size={window}"),
            *("--virtual-time-budget=5000", f"--user-data-dir={folder}/profile"),
            *(f"--screenshot={image}", url),
        ],
        check=True,
        capture_output=True,
    )


if __name__ == "__main__":
    main()
