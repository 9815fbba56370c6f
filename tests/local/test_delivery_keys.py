"""Whatever can be uploaded has a URL, and whatever is uploaded has an answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

import pytest

from resize_on_upload.reasons import Reason
from tests.support import images
from tests.support.deployed import put, resized
from tests.support.shared_files import CORPUS, needs_corpus
from tests.support.viewer import path, results, view, wait_for_upload

if TYPE_CHECKING:
    from pathlib import Path

    from local.stack import Stack

ODD_KEYS = [
    "no-extension",
    "UPPER.JPG",
    "a b.jpg",
    "a+b.jpg",
    "a + b.jpg",
    "100%.jpg",
    "100%41.jpg",
    "a%2Fb.jpg",
    "a%2520b.jpg",
    "grün/Zürich.jpg",
    "cafe\u0301.jpg",
    "📷.jpg",
    "q?a=1&b=2.jpg",
    "a#b.jpg",
    "a//b.jpg",
    "./x.jpg",
    "../up.jpg",
    "back\\slash.jpg",
    "bell\x07.jpg",
    "150x/photo.jpg",
    "manifest/photo.jpg.json",
    "'\"<>;,@&=$!*()[]{}|^`~",
]


@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_keys_through_the_url(delivery_stack: Stack, key: str) -> None:
    """Made at upload and on request, with slashes encoded or not."""
    key = f"{key}-{uuid4()}"
    put(delivery_stack, key, images.png(40, 30))
    wait_for_upload(delivery_stack, key)
    for size, expected in (("150x", []), ("300x", ["made"])):
        for url in (path(size, key), f"/{size}/{quote(key, safe='')}"):
            response = view(delivery_stack, url)
            assert (response.status, response.body[1:4]) == (200, b"PNG")
            assert response.body == resized(delivery_stack, key)[size][0]
        assert results(delivery_stack, key) == expected


@pytest.mark.parametrize("letter", ["k", "ü", "%"])
def test_the_longest_keys(delivery_stack: Stack, letter: str) -> None:
    """S3's keys have 1,024 bytes, with the size's name."""
    room = 1_024 - len("manifest/.json") - 36
    key = f"{uuid4()}{letter * (room // len(letter.encode()))}"
    put(delivery_stack, key, images.png(40, 30))
    wait_for_upload(delivery_stack, key)
    assert view(delivery_stack, path("300x", key)).status == 200
    assert view(delivery_stack, f"/manifest/{quote(key, safe='')}.json").status == 200
    too_long = key + "k" * 100
    assert view(delivery_stack, path("300x", too_long)).status == 404


def test_a_plus_is_a_space_or_a_plus(delivery_stack: Stack) -> None:
    """S3 reads it as a space; without such a key, there is a redirect to a plus."""
    mark = str(uuid4())
    for name in (" both", "+both", "+plus"):
        put(delivery_stack, f"{mark}{name}.png", images.png(40, 30 + len(name)))
        wait_for_upload(delivery_stack, f"{mark}{name}.png")
    for size in ("150x", "300x"):
        both = view(delivery_stack, f"/{size}/{mark}+both.png")
        assert both.body == view(delivery_stack, f"/{size}/{mark}%20both.png").body
        plus = view(delivery_stack, f"/{size}/{mark}+plus.png")
        target = f"/{size}/{mark}%2Bplus.png"
        assert (plus.status, plus.headers["location"]) == (308, target)
        assert view(delivery_stack, target).status == 200


ANSWERS = {f"{reason}\n".encode() for reason in Reason}
TYPES = {f"image/{name}" for name in ("jpeg", "png", "gif", "webp", "avif")}


def _sample(corpus: Path) -> list[Path]:
    """Every second hostile file that was made for this, and some of all others."""
    files = sorted(file for file in corpus.rglob("*") if file.is_file())
    hostile = [file for file in files if "generated__shared" in file.parts]
    return hostile[::2] + files[::60]


@needs_corpus
def test_hostile_corpus_through_the_url(delivery_stack: Stack) -> None:
    """An image or a reason: no crash, no hang, no text of an exception."""
    mark, files = uuid4(), _sample(CORPUS)
    assert len(files) > 40

    def problem(file: Path) -> str | None:
        key = f"{mark}/{file.name}"
        put(delivery_stack, key, file.read_bytes())
        response = view(delivery_stack, path("300x", key))
        kind = response.headers["content-type"]
        if response.status == 200 and kind in TYPES and response.body:
            return None
        if response.status == 404 and response.body in ANSWERS:
            return None
        return f"{file}: {response.status} {kind} {response.body[:200]!r}"

    with ThreadPoolExecutor(4) as viewers:
        problems = [one for one in viewers.map(problem, files) if one]
    assert problems == []
    logged = {one for f in files for one in results(delivery_stack, f"{mark}/{f.name}")}
    assert logged == {"made", "rejected"}
