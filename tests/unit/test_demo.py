"""`make demo` with the user's own photos: any names, and files that are not images."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from local import __main__ as commands
from local.demo import demo, uploads, variants
from local.stack import ROOT
from resize_on_upload.errors import Rejected
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes import parser as sizes
from tests.support import images
from tests.support.fake_account import ABSENT
from tests.support.fake_edge import serving
from tests.support.fake_stack import FakeStack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Stack:
    """The local stack as the demo uses it; variants exist immediately."""

    original, resized, edge = "original", "resized", None

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.lines: list[str] = []

    def s3(self) -> Stack:
        return self

    def log(self) -> str:
        return "\n".join(self.lines)

    def put_object(self, **call: Any) -> None:
        configured = sizes.parse((ROOT / "config" / "sizes.json").read_text())
        try:
            derived = make_variants(call["Body"], configured)
        except Rejected as error:
            line = {"event": "image.rejected", "key": call["Key"]}
            rejection = {"reason": error.reason, "message": str(error)}
            self.lines.append(json.dumps(line | rejection))
            return
        for variant in derived.variants:
            self.objects[variant.size.variant_key(call["Key"])] = variant.body

    def get_object(self, **call: str) -> dict[str, Any]:
        if call["Key"] not in self.objects:
            raise ABSENT
        return {"Body": io.BytesIO(self.objects[call["Key"]])}

    def get_paginator(self, _: str) -> Stack:
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        yield {"Contents": [{"Key": key} for key in self.objects]}


@pytest.fixture
def output(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for the demo's output, in this test only."""
    folder = ROOT / ".local" / "demo-of-a-test"

    @contextmanager
    def running(**_: Any) -> Iterator[Stack]:
        yield Stack()

    monkeypatch.setattr(demo, "running", running)
    monkeypatch.setattr(variants, "FOLDER", folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def _demo(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["local", "demo", *arguments])
    try:
        commands.main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def _png(file: Path) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(images.png(30, 20))
    return file


def test_a_rejected_file_is_reported_and_the_others_are_resized(
    tmp_path: Path,
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The gallery has all of them; a rejection is not a failure of the demo."""
    (tmp_path / "notes.txt").write_text("hello")
    _png(tmp_path / "a.png")
    _png(tmp_path / "z.png")
    files = [str(tmp_path / name) for name in ("a.png", "notes.txt", "z.png")]
    assert _demo(monkeypatch, *files) == 0
    out, err = capsys.readouterr()
    assert "150x/a.png" in out
    assert "150x/z.png" in out
    assert "notes.txt: unsupported-format: the content is" in err
    assert "a.png" not in err
    page = (output / "gallery.html").read_text()
    assert page.count('<th scope="row">') == 3
    assert page.count("unsupported-format") == 1
    assert (output / "150x" / "z.png").exists()


def test_originals_are_linked_if_they_are_where_the_gallery_is(
    tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a container, they have other paths."""
    photo = str(_png(tmp_path / "a b.png"))
    link = re.compile('<a href="[^"]*/a%20b.png" target')
    assert _demo(monkeypatch, photo) == 0
    assert link.search((output / "gallery.html").read_text())
    assert _demo(monkeypatch, photo, "--no-links") == 0
    assert not link.search((output / "gallery.html").read_text())


def test_a_demo_that_resizes_nothing_fails(
    tmp_path: Path,
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert _demo(monkeypatch, str(tmp_path / "notes.txt")) == 1
    assert "No photo was resized." in capsys.readouterr().err
    assert "unsupported-format" in (output / "gallery.html").read_text()


def test_a_photo_that_the_function_fails_at_fails_the_demo(
    tmp_path: Path,
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(uploads, "MAX_WAIT_SECONDS", 0.1)
    monkeypatch.setattr(Stack, "put_object", _fail)
    assert _demo(monkeypatch, str(_png(tmp_path / "a.png"))) == 1
    assert "  a.png: engine-failed: out of luck" in capsys.readouterr().err
    assert (output / "gallery.html").exists()


def _fail(stack: Stack, **call: Any) -> None:
    line = {"event": "image.failed", "key": call["Key"]}
    reason = {"reason": "engine-failed", "message": "out of luck"}
    stack.lines.append(json.dumps(line | reason))


def test_two_photos_of_one_name_are_refused(
    tmp_path: Path,
    output: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one, other = _png(tmp_path / "a" / "x.png"), _png(tmp_path / "b" / "x.png")
    assert _demo(monkeypatch, str(one), str(other)) == 2
    assert f"{one} and {other}" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("My Photo.jpg", ["My Photo.jpg"]),
        ("a.jpg b.png", ["a.jpg", "b.png"]),
        ("'My Photo.jpg' b.png", ["My Photo.jpg", "b.png"]),
        (r"My\ Photo.jpg", ["My Photo.jpg"]),
        ("*.jpg", ["My Photo.jpg", "a.jpg"]),
        ("my folder", ["c d.png", "e/f.gif"]),
        ("'my folder' a.jpg", ["a.jpg", "c d.png", "e/f.gif"]),
        ("~/a.jpg", ["a.jpg"]),
        ("it's.jpg", ["it's.jpg"]),
    ],
)
def test_photos_may_have_spaces_and_be_in_folders(
    text: str,
    keys: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As given in `make demo PHOTOS="…"`: one name, or several, quoted."""
    names = ("My Photo.jpg", "a.jpg", "b.png", "my folder/c d.png", "my folder/e/f.gif")
    for name in (*names, "it's.jpg") if "'s" in text else names:
        _png(tmp_path / name)
    (tmp_path / "my folder" / "notes.txt").write_text("no image")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    taken: list[dict[str, Path]] = []
    monkeypatch.setattr(demo, "run", lambda photos, **_: taken.append(photos))
    assert _demo(monkeypatch, "--photos", text) == 0
    assert sorted(taken[0]) == sorted(keys)


@pytest.mark.parametrize("text", ["My Photo.jpg", "it's.jpg"])
def test_a_missing_photo_is_reported_with_the_way_to_name_several(
    text: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert _demo(monkeypatch, "--photos", text) == 2
    err = capsys.readouterr().err
    assert "PHOTOS=\"'My Photo.jpg' b.png\"" in err
    assert "usage:" not in err


def test_make_passes_names_unchanged(tmp_path: Path) -> None:
    """Through make and its shell: spaces, quotes, an umlaut."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text('#!/bin/sh\nprintf "[%s]" "$@"\n')
    python.chmod(0o755)
    done = subprocess.run(
        [
            *("make", "-s", "-o", ".local/demo.installed", "demo"),
            *(f"BIN={python.parent}", "PHOTOS=My Zürich's Photo.jpg"),
            *("-o", "lambda/resize_on_upload/imaging/resizing/_resample.so"),
            *("-o", "lambda/resize_on_upload/imaging/sandbox/_zeroed_memory.so"),
        ],
        check=True,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"]},
    )
    assert done.stdout == "[-m][local][demo][--photos][My Zürich's Photo.jpg]"


ON_REQUEST = '{"sizes": ["9x", {"geometry": "5x", "make": "request"}]}'


def _requested(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch, *, edge: bool
) -> uploads.Problems:
    """Request what is made on request of three photos, one of them rejected before."""
    monkeypatch.setattr(uploads, "on_request", lambda: stack.sizes[1:])
    problems = uploads.Problems({"early.png": "empty"})
    local: Any = SimpleNamespace(edge=edge, url=stack.url)
    uploads.request_variants(local, ["a.png", "bad.png", "early.png"], problems)
    return problems


def test_variants_that_are_made_on_request_are_requested(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only then it is known whether such an image can be resized."""
    stack = FakeStack(ON_REQUEST)
    stack.upload("a.png", b"A")
    stack.upload("bad.png", b"!")
    with serving(stack) as edge:
        problems = _requested(stack, monkeypatch, edge=True)
    assert stack.resized_keys() == {"5x/a.png"}
    assert problems.all == {"early.png": "empty", "bad.png": "corrupt"}
    assert edge.seen == ["GET /5x/a.png", "GET /5x/bad.png"]


def test_without_nginx_they_are_left_out(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problems = _requested(FakeStack(ON_REQUEST), monkeypatch, edge=False)
    assert problems.all == {"early.png": "empty"}
    assert "left out, as nginx is missing" in capsys.readouterr().err


def test_the_demo_serves_urls_if_a_size_is_made_on_request(
    tmp_path: Path, output: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise it needs no distribution, and is faster."""
    contexts: list[dict[str, str]] = []

    @contextmanager
    def running(**given: Any) -> Iterator[Stack]:
        contexts.append(given["context"])
        yield Stack()

    monkeypatch.setattr(demo, "running", running)
    assert _demo(monkeypatch, str(_png(tmp_path / "a.png"))) == 0
    assert "made on request" not in (output / "gallery.html").read_text()
    first, *others = variants.configured()
    sizes = [replace(first, make="request"), *others]
    monkeypatch.setattr(variants, "configured", lambda: sizes)
    assert _demo(monkeypatch, str(_png(tmp_path / "a.png"))) == 0
    page = (output / "gallery.html").read_text()
    assert page.count("<li>made on request</li>") == 1
    assert '<p class="path">/150x/a.png</p>' in page
    assert contexts == [{}, {"delivery": "true"}]
