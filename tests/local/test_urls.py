"""What people do with URLs: pages in a real browser, and the commands.

The commands find the local edge by the variables that `make local` prints.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from local.deployment.checkout import copy_project
from local.stack import running
from tests.support import commands_schema, images
from tests.support.browser import html, opened, reported, serving
from tests.support.deployed import log_line, put
from tests.support.nginx import require_nginx

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

KEY = "holiday 2026/Zürich, + See.jpg"
SIZES = {
    "manifest": True,
    "sizes": [
        "150x",
        {"geometry": "200x200^", "name": "square", "crop": True},
        {"geometry": "600x", "make": "request"},
        {"geometry": "1200x", "make": "request"},
    ],
}
AT_UPLOAD = {"150x", "square", "manifest"}

REPORT = """
<script>
  const report = () => document.body.append(
    Object.assign(document.createElement("pre"), {
      hidden: true,
      textContent: JSON.stringify([...document.images].map(
        image => [image.currentSrc, image.naturalWidth]))
    }));
  const wait = () => [...document.images].some(image => image.complete)
    && [...document.images].every(image => image.complete)
    ? report() : setTimeout(wait, 50);
  wait();
</script>
"""
"""Reports each image's URL and width, once all are loaded."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with these sizes."""
    return copy_project(tmp_path_factory.mktemp("urls") / "checkout", SIZES)


@pytest.fixture(scope="module")
def stack(project: Path) -> Iterator[Stack]:
    """A stack that serves one photo."""
    require_nginx()
    with running(context={"delivery": "true"}, project=project) as stack:
        put(stack, KEY, images.encoded("jpeg", 1_800, 1_200))
        log_line(stack, KEY)
        yield stack


def _stored(stack: Stack, key: str = KEY) -> set[str]:
    """The sizes that exist of a key."""
    pages = stack.s3().get_paginator("list_objects_v2")
    entries = (
        entry["Key"]
        for page in pages.paginate(Bucket=stack.resized)
        for entry in page.get("Contents", ())
    )
    return {entry.split("/")[0] for entry in entries if key in entry}


def test_a_page_shows_sizes_made_by_the_view(stack: Stack, tmp_path: Path) -> None:
    """The documents' lines of HTML, and two sizes that are made at the upload."""
    assert _stored(stack) == AT_UPLOAD
    path = quote(KEY, safe="/")
    example = re.sub(r"https://\S+?\.net/", stack.url, html("delivery.md"))
    example = example.replace("holiday/lake.jpg", path).replace("100vw", "600px")
    others = "".join(
        f'<img src="{stack.url}{size}/{path}" alt="{size}">\n'
        for size in ("150x", "square")
    )
    page = f'<!doctype html><body style="margin: 0">\n{example}{others}{REPORT}'
    (tmp_path / "index.html").write_text(page)
    screenshot = tmp_path / "page.png"
    with serving(tmp_path) as url:
        loaded = reported(url, tmp_path / "profile")
        more = (f"--screenshot={screenshot}", "--window-size=600,400")
        opened(url, tmp_path / "profile", *more)
    assert loaded == [
        [f"{stack.url}{size}/{path}", width]
        for size, width in {"600x": 600, "150x": 150, "square": 200}.items()
    ]
    assert _stored(stack) == {*AT_UPLOAD, "600x"}
    colours = images.corners(screenshot.read_bytes(), "png")
    assert len(set(colours)) == 4, "those of the photo's corners"


def test_the_page_of_a_manifest_uses_the_url(stack: Stack, tmp_path: Path) -> None:
    """It is on another site; the image that it shows is made by it."""
    there = 'new URL("./", location)'
    assert there in html("manifest.md")
    page = html("manifest.md").replace(there, f'new URL("{stack.url}")')
    (tmp_path / "index.html").write_text(page + REPORT)
    query = quote(f"manifest/{KEY}.json")
    with serving(tmp_path) as url:
        source, window = f"{url}/?manifest={query}", "--window-size=1000,900"
        loaded = reported(source, tmp_path / "profile", window)
    # The width is in the page's pixels, of which it fills 1,000.
    assert loaded == [[f"{stack.url}1200x/{quote(KEY, safe='/')}", 1_000]]
    assert "1200x" in _stored(stack)


def _run(stack: Stack, project: Path, *arguments: str) -> Any:
    """Run a command in the stack's checkout."""
    return subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), *arguments],
        check=False,
        cwd=project,
        env={**os.environ, **stack.environment()},
        capture_output=True,
        text=True,
    )


def _documents(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert not done.stderr, done.stderr
    return [commands_schema.check(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "name", ["a.jpg", "a b.jpg", "a+b.jpg", "100%.jpg", "a#b?c&d.jpg", "grün/ü.jpg"]
)
def test_upload_prints_urls_and_urls_requests_them(
    stack: Stack, project: Path, name: str, tmp_path: Path
) -> None:
    """Whatever the key; a size that is made on request is made by the second."""
    folder = tmp_path / "photos"
    file = folder / name
    file.parent.mkdir(parents=True)
    file.write_bytes(images.encoded("jpeg", 300, 200))
    prefix = f"{uuid4()}/"
    (uploaded,) = _documents(
        _run(stack, project, "upload", str(folder), "--prefix", prefix, "--json")
    )
    key = prefix + name
    assert uploaded["key"] == key
    assert uploaded["sizes"] == [
        f"s3://{stack.resized}/{size}/{key}{'.json' if size == 'manifest' else ''}"
        for size in ("150x", "square", "manifest")
    ]
    assert _stored(stack, key) == AT_UPLOAD
    requested = _documents(_run(stack, project, "urls", key, "--json"))
    assert {one["size"]: one["url"] for one in requested} == uploaded["urls"]
    assert {one["status"] for one in requested} == {200}
    made = {one["size"] for one in requested if one["on_request"] == "made"}
    assert made == {"600x", "1200x"}
    assert {one["x_cache"] for one in requested} == {"Miss from cloudfront"}
    for one in requested:
        suffix = ".json" if one["size"] == "manifest" else ""
        stored = stack.s3().head_object(
            Bucket=stack.resized, Key=f"{one['size']}/{key}{suffix}"
        )
        assert (one["bytes"], one["type"]) == (
            stored["ContentLength"],
            stored["ContentType"],
        )
    again = _documents(_run(stack, project, "urls", key, "--json"))
    assert {one["x_cache"] for one in again} == {"Hit from cloudfront"}


def test_urls_has_the_reason_of_a_rejection(stack: Stack, project: Path) -> None:
    key = f"{uuid4()}.jpg"
    put(stack, key, b"hello")
    log_line(stack, key)
    done = _run(stack, project, "urls", key)
    assert done.returncode == 1
    assert done.stdout.count("unsupported-format") == len(AT_UPLOAD) + 2


def test_smoke_requests_urls_and_leaves_nothing_behind(
    stack: Stack, project: Path
) -> None:
    (result,) = _documents(_run(stack, project, "smoke", "--json"))
    assert set(result["sizes"]) == AT_UPLOAD
    assert list(result["urls"]) == ["made", "served", "unknown", "absent"]
    assert all(url.startswith(stack.url) for url in result["urls"].values())
    assert _stored(stack, "resize-on-upload-smoke") == set()


def test_smoke_finds_a_policy_that_refuses_the_distribution(
    stack: Stack, project: Path
) -> None:
    """Viewers get their images all the same, from the on-request function."""
    client, bucket = stack.s3(), stack.resized
    policy = client.get_bucket_policy(Bucket=bucket)["Policy"]
    document = json.loads(policy)
    document["Statement"] = [
        one for one in document["Statement"] if one["Effect"] != "Allow"
    ]
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps(document))
    try:
        done = _run(stack, project, "smoke")
    finally:
        client.put_bucket_policy(Bucket=bucket, Policy=policy)
    assert done.returncode == 1
    assert "S3 refuses the distribution" in done.stderr
    assert f"Restore the policy of {bucket}" in done.stderr


def test_plan_counts_what_viewers_had_made(stack: Stack, project: Path) -> None:
    """Nothing is missing, and nothing is left to do."""
    done = _run(stack, project, "plan", "--json")
    summary = _documents(done)[-1]
    assert summary["on_request"]["sizes"] == ["600x", "1200x"]
    assert summary["on_request"]["variants"] > 0
    assert summary["summary"]["missing"]["keys"] == 0


def test_without_the_variable_the_output_is_used(stack: Stack, project: Path) -> None:
    """On this machine its name leads nowhere."""
    done = _run(replace(stack, edge=None), project, "urls", KEY, "--no-request")
    assert done.stdout.startswith(f"{stack.outputs['Url']}150x/")
