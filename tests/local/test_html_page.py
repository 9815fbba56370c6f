"""Pages with what `html` prints, in a real browser, through the local edge."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest

from local.deployment.checkout import copy_project
from local.stack import running
from tests.support import images
from tests.support.browser import in_frames, reported, serving
from tests.support.deployed import put
from tests.support.edge_proxy import through
from tests.support.nginx import require_nginx
from tests.support.viewer import view, wait_for_upload
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

WIDTHS = (320, 640, 1_280)
VIEWPORTS = (300, 600, 1_000)
SIZES = {
    "manifest": True,
    "formats": ["avif", "webp", "original"],
    "sizes": [f"{width}x" for width in WIDTHS],
}
CONTEXT = {"delivery": "true", "versionedUrls": "true", "freshSeconds": "5"}
PAGE = """<!doctype html>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<style>body { margin: 0 }</style>
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with three widths in three formats."""
    return copy_project(tmp_path_factory.mktemp("html") / "checkout", SIZES)


@pytest.fixture(scope="module")
def stack(project: Path) -> Iterator[Stack]:
    require_nginx()
    with running(context=CONTEXT, project=project) as stack:
        yield stack


def _upload(stack: Stack, body: bytes) -> str:
    key = f"{uuid4()}/Zürich, + See 100%.jpg"
    put(stack, key, body)
    wait_for_upload(stack, key)
    return key


def _html(stack: Stack, project: Path, key: str, *options: str) -> str:
    """What the command prints, run in the stack's checkout."""
    command = Path(sys.executable).with_name("resize-on-upload")
    done = subprocess.run(
        [command, "html", key, "--alt", "A lake", *options],
        check=True,
        cwd=project,
        env={**os.environ, **stack.environment()},
        capture_output=True,
        text=True,
    )
    assert not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("lacks", [(), ("avif",), ("avif", "webp")], ids=str)
def test_a_browser_takes_its_best_format_in_the_width_that_fits(
    stack: Stack, project: Path, lacks: tuple[str, ...], tmp_path: Path
) -> None:
    """Three viewports; a browser without a format skips its `<source>`."""
    key = _upload(stack, images.encoded("jpeg", 1_800, 1_200))
    html = _html(stack, project, key)
    for fmt in lacks:
        html = html.replace(f'"image/{fmt}"', '"image/unknown"')
    (tmp_path / "page.html").write_text(PAGE + html)
    with serving(tmp_path) as url:
        taken = in_frames(tmp_path, url, "page.html", VIEWPORTS, tmp_path / "profile")
    end = {0: ".avif", 1: ".webp", 2: ""}[len(lacks)]
    kind = {0: "image/avif", 1: "image/webp", 2: "image/jpeg"}[len(lacks)]
    for one, width, viewport in zip(taken, WIDTHS, VIEWPORTS, strict=True):
        parts = urlsplit(one["source"])
        assert one["source"].startswith(stack.url)
        assert parts.path == f"/{width}x{end}/{quote(key)}"
        assert (
            view(stack, f"{parts.path}?{parts.query}").headers["content-type"] == kind
        )
        assert one["width"] == viewport
        assert one["height"] == pytest.approx(viewport * 2 / 3, abs=1)
        assert one["behind"].startswith('url("data:image/webp;base64,')


# In one task: no image can be loaded between its insertion and the measurement.
MEASURE = """<body><script>
  document.body.innerHTML = %s;
  const image = document.querySelector("img");
  const {width, height} = image.getBoundingClientRect();
  document.body.append(Object.assign(document.createElement("pre"),
    {textContent: JSON.stringify({complete: image.complete, width, height})}));
</script>
"""


def test_the_space_is_reserved_before_the_image_is_there(
    stack: Stack, project: Path, tmp_path: Path
) -> None:
    """Nothing moves when it is loaded."""
    key = _upload(stack, images.encoded("jpeg", 900, 600))
    tag = json.dumps(_html(stack, project, key)).replace("</", "<\\/")
    (tmp_path / "page.html").write_text(PAGE + MEASURE % tag)
    with serving(tmp_path) as url:
        page, window = f"{url}/page.html", "--window-size=600,400"
        found = reported(page, tmp_path / "profile", window)
    assert not found["complete"]
    assert (found["width"], found["height"]) == pytest.approx((600, 400), abs=1)


def _shown(folder: Path, html: str, profile: Path) -> tuple[int, int]:
    """The width and height that a page gives an image of a viewport of 600."""
    (folder / "page.html").write_text(PAGE + html)
    with serving(folder) as url:
        (one,) = in_frames(folder, url, "page.html", [600], profile)
    return round(one["width"]), round(one["height"])


def test_a_replaced_image_is_seen_at_once_by_its_version(
    stack: Stack, project: Path, tmp_path: Path
) -> None:
    """By a browser that has the old one, for a year."""
    key, profile = _upload(stack, images.encoded("jpeg", 900, 600)), tmp_path / "p"
    before = _html(stack, project, key)
    assert before.count("?v=") == 10
    assert _shown(tmp_path, before, profile) == (600, 400)
    put(stack, key, images.encoded("jpeg", 900, 900))
    wait_for_upload(stack, key, 2)
    after = _html(stack, project, key)
    assert _shown(tmp_path, after, profile) == (600, 600)


def test_a_replaced_image_is_seen_within_its_freshness_without_a_version(
    stack: Stack, tmp_path: Path
) -> None:
    """By a browser that has the old one; the page stays the same."""
    key, profile = _upload(stack, images.encoded("jpeg", 900, 600)), tmp_path / "p"
    page = f'<img src="{stack.url}640x/{quote(key)}" style="width: 100%">'
    assert _shown(tmp_path, page, profile) == (600, 400)
    put(stack, key, images.encoded("jpeg", 900, 900))
    wait_for_upload(stack, key, 2)
    wait_for(
        lambda: _shown(tmp_path, page, profile) == (600, 600),
        lambda: "the browser still shows the old image",
    )


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, "image/avif"),  # the browser's
        ("image/webp,*/*;q=0.8", "image/webp"),
        ("image/avif;q=0,image/webp,image/*", "image/webp"),
        ("*/*", "image/jpeg"),
    ],
)
def test_one_url_has_the_format_that_the_browser_accepts(
    stack: Stack, accept: str | None, kind: str, tmp_path: Path
) -> None:
    """A plain `<img>`, such as those of docs/frameworks.md, in three viewports."""
    key = _upload(stack, images.encoded("jpeg", 1_800, 1_200))
    with through(stack.url, accept) as edge:
        urls = [f"{edge.url}{width}x/{quote(key)} {width}w" for width in WIDTHS]
        img = f'<img srcset="{", ".join(urls)}" sizes="100vw" style="width: 100%">'
        (tmp_path / "page.html").write_text(PAGE + img)
        with serving(tmp_path) as url:
            in_frames(tmp_path, url, "page.html", VIEWPORTS, tmp_path / "profile")
    assert edge.seen == {f"/{width}x/{quote(key)}": kind for width in WIDTHS}
