"""The page in the documents, in a real browser, with a manifest of the stack."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from local.deployment.checkout import copy_project
from local.stack import running
from tests.support import images
from tests.support.browser import html, in_frames, opened, serving
from tests.support.deployed import log_line, put

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "holiday 2026/Zürich, + See.jpg"
WIDTHS = (200, 500, 1000)

SIZES = {
    "manifest": True,
    "sizes": [
        *(f"{width}x" for width in WIDTHS),
        *(
            {"geometry": f"{width}x", "name": f"{width}-webp", "format": "webp"}
            for width in WIDTHS
        ),
    ],
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Serve the resized bucket's objects and the page on a loopback port."""
    folder = tmp_path_factory.mktemp("page")
    project = copy_project(folder / "checkout", SIZES)
    site = folder / "site"
    with running(project=project) as stack:
        put(stack, KEY, images.encoded("jpeg", 1_200, 800))
        log_line(stack, KEY)
        client = stack.s3()
        listed = client.list_objects_v2(Bucket=stack.resized)["Contents"]
        for entry in listed:
            file = site / entry["Key"]
            file.parent.mkdir(parents=True, exist_ok=True)
            answer = client.get_object(Bucket=stack.resized, Key=entry["Key"])
            file.write_bytes(answer["Body"].read())
    (site / "page.html").write_text(html("manifest.md"))
    with serving(site) as url:
        yield str(site), url


def test_a_browser_takes_the_size_that_fits(served: Any, tmp_path: Path) -> None:
    """Three viewports, three sizes, in the better format; a placeholder behind each."""
    site, url = served
    query = quote(f"manifest/{KEY}.json")
    source = f"page.html?manifest={query}"
    widths = (180, 450, 950)
    taken = in_frames(Path(site), url, source, widths, tmp_path / "profile")
    names = [one["source"].removeprefix(f"{url}/").split("/")[0] for one in taken]
    assert names == ["200-webp", "500-webp", "1000-webp"]
    assert all(one["behind"].startswith('url("data:image/webp') for one in taken)


def test_the_placeholder_shows_before_any_size(served: Any, tmp_path: Path) -> None:
    """Without any variant the page still shows the image's colours."""
    site, url = served
    hidden = Path(site) / "alone"
    (hidden / "manifest").mkdir(parents=True)
    shutil.copyfile(Path(site) / "page.html", hidden / "page.html")
    manifest = Path(site) / "manifest" / f"{KEY}.json"
    shutil.copyfile(manifest, hidden / "manifest" / "a.json")
    screenshot = tmp_path / "page.png"
    page = f"{url}/alone/page.html?manifest=manifest/a.json"
    opened(page, tmp_path / "profile", f"--screenshot={screenshot}")
    found = images.corners(screenshot.read_bytes(), "png")
    assert len(set(found)) > 1, found
