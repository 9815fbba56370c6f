"""Show pages in a real browser: Chromium, without a window."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.http_server import LoopbackServer
from local.processes import LOOPBACK
from tests.support.waiting import MAX_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DOCS = Path(__file__).parents[2] / "docs"

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic"),
    *("--no-first-run", "--disable-background-networking", "--disable-sync"),
    *("--disable-component-update", "--hide-scrollbars", "--window-size=1400,900"),
    # Milliseconds of the page's own clock, which stops while it waits for files.
    "--virtual-time-budget=300000",
)

# A frame for each viewport, one after another: a browser may take a wider image that it
# already has. When all images are loaded, the page lists them.
_FRAMES = """<!doctype html>
<body>
<script>
  const frames = [], widths = WIDTHS;
  const seen = frame => {
    const image = frame.contentDocument.querySelector("img");
    if (!image || !image.complete || !image.currentSrc) return null;
    const style = frame.contentWindow.getComputedStyle(image);
    const {width, height} = image.getBoundingClientRect();
    return {source: image.currentSrc, behind: style.backgroundImage, width, height};
  };
  const open = () => {
    const frame = document.createElement("iframe");
    Object.assign(frame, {width: widths[frames.length], height: 300, src: PAGE});
    frame.onload = wait;
    frames.push(frame);
    document.body.append(frame);
  };
  const wait = () => {
    if (!seen(frames.at(-1))) setTimeout(wait, 50);
    else if (frames.length < widths.length) open();
    else document.body.append(Object.assign(document.createElement("pre"),
      {textContent: JSON.stringify(frames.map(seen))}));
  };
  open();
</script>
"""


def html(document: str) -> str:
    """The HTML that a document shows."""
    text = (_DOCS / document).read_text()
    (page,) = re.findall(r"```html\n(.*?)```", text, re.DOTALL)
    return str(page)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Serve a folder on a loopback port; yield its URL."""
    handler = partial(_Quiet, directory=str(folder))
    with LoopbackServer(handler) as server:
        yield f"http://{LOOPBACK}:{server.server_port}"


def opened(url: str, profile: Path, *more: str) -> str:
    """Open a page; return what the browser prints.

    Args:
        url: The page.
        profile: A folder for the browser's files.
        more: Options of Chromium, such as `--dump-dom`.
    """
    return subprocess.run(
        [_browser(), *_FLAGS, f"--user-data-dir={profile}", *more, url],
        check=True,
        capture_output=True,
        text=True,
        timeout=MAX_SECONDS,
    ).stdout


def reported(url: str, profile: Path, *more: str) -> Any:
    """Open a page; return the JSON in its `<pre>`."""
    dom = opened(url, profile, "--dump-dom", *more)
    found = re.search(r"<pre[^>]*>(.*)</pre>", dom, re.DOTALL)
    assert found, dom
    return json.loads(found[1].replace("&amp;", "&").replace("&quot;", '"'))


def in_frames(
    site: Path, url: str, page: str, widths: Iterable[int], profile: Path
) -> Any:
    """Open a page in viewports of several widths.

    Args:
        site: The folder that `url` serves; a page with the frames is written to it.
        url: Where it is served.
        page: A page with one image, relative to `url`.
        widths: Of the viewports, in pixels, the narrowest first.
        profile: A folder for the browser's files.

    Returns:
        For each viewport, the URL of the image that was chosen, its CSS background,
        and the width and height that it takes.
    """
    text = _FRAMES.replace("WIDTHS", json.dumps([*widths]))
    (site / "frames.html").write_text(text.replace("PAGE", json.dumps(page)))
    return reported(f"{url}/frames.html", profile)


def _browser() -> str:
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("Chromium is not installed: apt-get install chromium")
    return found


class _Quiet(SimpleHTTPRequestHandler):
    """Serves files, without a log."""

    def log_message(self, *_: object) -> None:
        """Log nothing."""
