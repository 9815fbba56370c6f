"""The first commands that a user runs: `make demo` and `make local`."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
import urllib3
from botocore.config import Config

from local.delivery.edge import find_nginx
from local.demo.photographs import PHOTOGRAPHS
from local.demo.photos import samples
from local.demo.sample_photos import DAMAGED
from local.deployment.checkout import copy_project
from local.stack import TOOLS
from tests.support import imagemagick, images
from tests.support.waiting import MAX_SECONDS, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "demo"
README = ROOT / "README.md"


def _demo(*arguments: object, project: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "local", "demo", *map(str, arguments)],
        check=False,
        cwd=project,
        env={**os.environ, "LOCAL_TOOLS": str(TOOLS)},
        capture_output=True,
        text=True,
    )


def _listing(stdout: str) -> dict[str, tuple[int, int]]:
    """Key → pixels, from lines like `150x113  5920  150x/photo.jpg`."""
    rows = re.findall(r"^ +(\d+)x(\d+) +\d+  (.+)$", stdout, re.MULTILINE)
    return {key: (int(width), int(height)) for width, height, key in rows}


def test_the_samples_get_the_dimensions_that_imagemagick_computes() -> None:
    """Three variants of every sample but the damaged one, which fails nothing."""
    done = _demo()
    assert done.returncode == 0, done.stderr
    listing = _listing(done.stdout)
    photos = samples()
    del photos[DAMAGED]
    assert f"{DAMAGED}: truncated: the jpeg ends before" in done.stderr
    assert len(listing) == 3 * len(photos) >= 3 * 7
    for key, pixels in listing.items():
        prefix, _, name = key.partition("/")
        arguments = ["-", "-auto-orient", "-resize", prefix, "-format", "%w %h "]
        body = photos[name].read_bytes()
        expected = imagemagick.run([*arguments, "info:"], body).split()
        assert pixels == (int(expected[0]), int(expected[1])), key
        assert (DEMO / key).exists()
    assert {"phone portrait.jpg", "logo.png", "lake.webp"} <= photos.keys()
    assert any(" " in key and "+" in key and "ü" in key for key in photos)
    assert f"{len(photos)} photos, " in done.stderr
    assert f"{len(listing)} variants, " in done.stderr
    assert f"{DEMO.as_uri()}/gallery.html" in done.stderr
    if PHOTOGRAPHS[0].key in photos:
        _check_readme(done.stdout)


def _check_readme(stdout: str) -> None:
    """It shows part of the listing; other versions of encoders differ a little."""
    readme, printed = (_bytes(text) for text in (README.read_text(), stdout))
    assert len(readme) == 3
    for line, count in readme.items():
        assert printed[line] == pytest.approx(count, rel=0.05), line


def _bytes(stdout: str) -> dict[tuple[str, str], int]:
    """Pixels and key → bytes."""
    rows = re.findall(r"^ +(\d+x\d+) +(\d+)  (\S.*)$", stdout, re.MULTILINE)
    return {(pixels, key): int(count) for pixels, count, key in rows}


def test_the_gallery_needs_no_other_file() -> None:
    """Every image is part of the page; nothing is loaded from elsewhere."""
    page = (DEMO / "gallery.html").read_text()
    sources = re.findall(r'src="([^"]{0,40})', page)
    assert len(sources) >= 20
    assert all(source.startswith("data:image/") for source in sources)
    assert "://" not in page
    assert 'name="viewport"' in page


def test_the_user_s_own_photos(tmp_path: Path) -> None:
    photo = tmp_path / "my photo.jpg"
    photo.write_bytes(images.encoded("jpeg", 300, 200))
    done = _demo(photo)
    assert done.returncode == 0, done.stderr
    assert _listing(done.stdout) == {
        "150x/my photo.jpg": (150, 100),
        "50x50/my photo.jpg": (50, 33),
        "x150/my photo.jpg": (225, 150),
    }


def test_a_demo_without_a_usable_photo_fails(tmp_path: Path) -> None:
    """Exit 1, with the photo and the reason; no traceback."""
    photo = tmp_path / "letter.jpg"
    photo.write_bytes(b"%PDF-1.7 a letter")
    done = _demo(photo)
    assert done.returncode == 1
    assert "letter.jpg: unsupported-format: the content is PDF" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_photo_that_is_not_there_is_a_usage_error() -> None:
    done = _demo("nowhere.jpg")
    assert done.returncode == 2
    assert "no such file: nowhere.jpg" in done.stderr


def test_edited_sizes_are_the_new_sizes(tmp_path: Path) -> None:
    """In a copy of the checkout: other tests read these sizes meanwhile."""
    project = copy_project(tmp_path / "checkout")
    for name in ("local", "resize_on_upload_cli"):
        shutil.copytree(ROOT / name, project / name)
    square = {"geometry": "64x64^", "name": "square", "crop": True}
    sizes = json.dumps({"sizes": [square, "32x"]})
    (project / "config" / "sizes.json").write_text(sizes)
    photo = tmp_path / "p.png"
    photo.write_bytes(images.png(300, 200))
    done = _demo(photo, project=project)
    assert done.returncode == 0, done.stderr
    assert _listing(done.stdout) == {"square/p.png": (64, 64), "32x/p.png": (32, 21)}
    assert (project / "demo" / "square" / "p.png").exists()


@pytest.fixture
def ignored_interrupts() -> Iterator[None]:
    """As in a program that a shell starts in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("ignored_interrupts")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_stack_runs_until_ctrl_c(tmp_path: Path, number: signal.Signals) -> None:
    """What `make local` prints is enough to use it; it leaves nothing behind."""
    log = tmp_path / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "local", "up"],
            cwd=ROOT,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        output = _wait_for_text(log, "Ctrl-C stops everything")
        export = dict(re.findall(r"\b((?:AWS|RESIZE)_\w+)=(\S+)", output))
        client = boto3.client(
            "s3",
            endpoint_url=export["AWS_ENDPOINT_URL"],
            region_name=export["AWS_REGION"],
            aws_access_key_id=export["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=export["AWS_SECRET_ACCESS_KEY"],
            verify=export["AWS_CA_BUNDLE"],
            config=Config(proxies={}),
        )
        (bucket,) = re.findall(r"Original bucket: (\S+)", output)
        client.put_object(Bucket=bucket, Key="a.png", Body=images.png(20, 10))
        (page,) = re.findall(r"Drop photos here: (http://127\.0\.0\.1:\d+/)", output)
        (shown,) = urllib3.request("GET", f"{page}images").json()["images"]
        assert shown["key"] == "a.png"
        assert '"image.resized"' in _wait_for_text(log, '"key": "a.png"')
        assert "Nothing to do." in _command(export, "plan")
        if find_nginx(TOOLS):
            assert "200     miss" in _command(export, "urls", "a.png")
    finally:
        process.send_signal(number)
        process.wait(MAX_SECONDS)
    assert process.returncode == 0
    assert "Stopped." in log.read_text()
    port = export["AWS_ENDPOINT_URL"].rsplit(":", 1)[1]
    assert port not in _listening()


def _command(export: dict[str, str], *arguments: str) -> str:
    """Run a printed command with the printed variables only."""
    environment = {**os.environ, **export}
    del environment["AWS_DEFAULT_REGION"]
    return subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), *arguments],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment,
    ).stdout


def _wait_for_text(log: Path, text: str) -> str:
    """The whole log, once it contains a text."""
    wait_for(
        lambda: text in log.read_text(),
        lambda: f"{text!r} is not in the log:\n{log.read_text()}",
    )
    return log.read_text()


def _listening() -> str:
    tool = shutil.which("ss")
    if not tool:
        return ""
    return subprocess.run(
        [tool, "-ltn"], check=True, capture_output=True, text=True
    ).stdout
