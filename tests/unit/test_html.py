"""`html`: what it prints for a key, and what it refuses."""

from __future__ import annotations

import json
import re
import shlex
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload_cli.errors import UnfinishedError, UsageError
from resize_on_upload_cli.page.lookup import MAX_BYTES
from tests.support import images
from tests.support.fake_edge import DOMAIN
from tests.support.fake_stack import RESIZED, FakeStack, run_command

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "holiday 2026/Zürich, + See.jpg"
PATH = quote(KEY)
SIZES: dict[str, Any] = {
    "manifest": True,
    "sizes": [
        "60x",
        "120x",
        {"geometry": "60x", "name": "60x-webp", "format": "webp"},
        {"geometry": "120x", "name": "120x-webp", "format": "webp"},
        {"geometry": "120x", "name": "120x-avif", "format": "avif"},
        {"geometry": "30x30^", "name": "square", "crop": True},
        {"geometry": "20x", "make": "request"},
    ],
}
WITHOUT_MANIFEST = {"sizes": SIZES["sizes"][:-1]}


def _stack(
    sizes: dict[str, Any] = SIZES,
    key: str = KEY,
    body: bytes | None = None,
    **variables: str,
) -> FakeStack:
    """A deployment that serves one image."""
    stack = FakeStack(json.dumps(sizes))
    stack.function["Environment"]["Variables"].update(variables)
    stack.outputs["Url"] = DOMAIN
    stack.upload(key, images.encoded("jpeg", 150, 100) if body is None else body)
    config = ReconcileConfig(stack.store, stack.sizes, make_variants)
    reconcile(key, config, Report())
    return stack


def _html(stack: FakeStack, options: str = "--alt Lake", key: str = KEY) -> int:
    return run_command(stack, f"html {shlex.quote(key)} {options}")


class _Tags(HTMLParser):
    """Collects the tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def _tags(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, dict[str, str]]]:
    return _Tags(capsys.readouterr().out).found


def _srcset(text: str, base: str = DOMAIN) -> list[str]:
    """Sizes and widths."""
    entries = re.split(r",\s+", text)
    pattern = rf"{re.escape(base)}(.+)/{re.escape(PATH)} (\d+w)"
    matches = [re.fullmatch(pattern, entry) for entry in entries]
    assert all(matches), text
    return [f"{one[1]} {one[2]}" for one in matches if one]


def test_a_picture_is_printed_from_the_manifest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """With every format and width, also of what is made on request."""
    assert _html(_stack()) == 0
    out, err = capsys.readouterr()
    assert err == ""
    outer, avif, webp, img = _Tags(out).found
    assert outer == ("picture", {})
    assert (avif[0], webp[0], img[0]) == ("source", "source", "img")
    assert avif[1]["type"] == "image/avif"
    assert _srcset(webp[1]["srcset"]) == ["60x-webp 60w", "120x-webp 120w"]
    assert _srcset(img[1]["srcset"]) == ["20x 20w", "60x 60w", "120x 120w"]
    assert img[1]["src"] == f"{DOMAIN}120x/{PATH}"
    assert (img[1]["width"], img[1]["height"]) == ("120", "80")
    assert img[1]["alt"] == "Lake"
    assert {one[1]["sizes"] for one in (avif, webp, img)} == {"100vw"}
    assert "background: url(data:image/webp;base64," in img[1]["style"]


@pytest.mark.parametrize("sizes", [SIZES, WITHOUT_MANIFEST])
def test_versioned_urls_have_the_version_of_their_variant(
    sizes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    stack = _stack(sizes, VERSIONED_URLS="true")
    assert _html(stack) == 0
    for _, attributes in _tags(capsys)[1:]:
        for entry in re.split(r",\s+", attributes["srcset"]):
            parts = urlsplit(entry.partition(" ")[0])
            if stored := stack.s3.current(RESIZED, unquote(parts.path[1:])):
                assert parts.query == f"v={stored.metadata['version']}"
            else:  # made on request
                assert re.fullmatch("v=[0-9a-f]{8}", parts.query)


def test_without_a_manifest_the_objects_are_described(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same, but for what only a manifest has."""
    with_manifest = {**WITHOUT_MANIFEST, "manifest": True}
    assert _html(_stack(with_manifest), "--alt '' --no-placeholder") == 0
    expected = capsys.readouterr().out
    assert _html(_stack(WITHOUT_MANIFEST), "--alt ''") == 0
    assert capsys.readouterr().out == expected


FORMATS = {"formats": ["avif", "webp", "original"], "sizes": ["60x", "120x"]}


@pytest.mark.parametrize("manifest", [True, False])
def test_siblings_are_in_the_sources(
    capsys: pytest.CaptureFixture[str], *, manifest: bool
) -> None:
    assert _html(_stack({**FORMATS, "manifest": manifest})) == 0
    _, avif, webp, img = _tags(capsys)
    assert (avif[1]["type"], webp[1]["type"]) == ("image/avif", "image/webp")
    assert _srcset(avif[1]["srcset"]) == ["60x.avif 60w", "120x.avif 120w"]
    assert _srcset(webp[1]["srcset"]) == ["60x.webp 60w", "120x.webp 120w"]
    assert _srcset(img[1]["srcset"]) == ["60x 60w", "120x 120w"]


@pytest.mark.parametrize("manifest", [True, False])
def test_siblings_that_hold_their_fallback_are_left_out(
    capsys: pytest.CaptureFixture[str], *, manifest: bool
) -> None:
    """Of an image so small that AVIF is larger than PNG, and WebP is not."""
    tiny = images.png(2, 1)
    sizes = {**FORMATS, "sizes": ["1x", "2x"], "manifest": manifest}
    stack = _stack(sizes, body=tiny)
    stored = stack.s3.current(RESIZED, f"2x.avif/{KEY}")
    assert stored
    assert stored.content_type == "image/png"
    assert _html(stack) == 0
    _, webp, img = _tags(capsys)
    assert _srcset(webp[1]["srcset"]) == ["1x.webp 1w", "2x.webp 2w"]
    assert _srcset(img[1]["srcset"]) == ["1x 1w", "2x 2w"]


def test_no_format_stops_what_may_be_an_animation(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A GIF's variants may be animated; only a manifest knows whether they are."""
    gif = images.encoded("gif", 150, 100)
    assert _html(_stack(WITHOUT_MANIFEST, body=gif)) == 0
    tags = _tags(capsys)
    assert [one.get("type") for _, one in tags[1:]] == ["image/webp", None]
    assert _html(_stack(body=gif)) == 0
    assert [one.get("type") for _, one in _tags(capsys)[1:]] == [
        "image/avif",
        "image/webp",
        None,
    ]


def test_cropped_and_distorted_sizes_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    cut = {"geometry": "90x60^", "name": "cut", "crop": True}
    bent = {"geometry": "90x60!", "name": "bent"}
    third = {"geometry": "30%x31%", "name": "third"}
    stack = _stack(
        {"sizes": ["60x", cut, bent, third, {"geometry": "50%", "name": "50"}]}
    )
    assert _html(stack) == 0
    assert _srcset(_tags(capsys)[1][1]["srcset"]) == ["60x 60w", "50 75w"]


def test_options_are_in_every_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert _html(_stack(), "--alt '' --sizes '(min-width: 60em) 50vw, 100vw'") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count('sizes="(min-width: 60em) 50vw, 100vw"') == 3


def test_an_empty_alt_is_mentioned_if_nobody_asked_for_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _html(_stack(), "") == 0
    out, err = capsys.readouterr()
    assert 'alt=""' in out
    assert err.startswith("alt is empty: ")


@pytest.mark.parametrize(
    ("given", "base"),
    [
        ("https://img.example", "https://img.example/"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ("http://[::1]/a", "http://[::1]/a/"),
        ("/images", "/images/"),
        ("/", "/"),
        ("//img.example/x%20y", "//img.example/x%20y/"),
    ],
)
def test_a_base_url_replaces_the_stack_s(
    given: str, base: str, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = _stack()
    del stack.outputs["Url"]
    assert _html(stack, f"--alt x --base-url {given}") == 0
    assert _srcset(_tags(capsys)[-1][1]["srcset"], base)


@pytest.mark.parametrize(
    "given",
    [
        *("images/", "img.example", "javascript:alert(1)//", "ftp://a/", "https:/a"),
        *("https://a/ b", "https://a/?x=", "https://a/#x", "https://a/,", "/a\n", "/ü"),
        *('/"><script>', "/<", "/`", "/{", "/\\"),
    ],
)
def test_a_base_url_that_breaks_a_srcset_is_refused(given: str) -> None:
    with pytest.raises(UsageError, match="must begin with https://"):
        _html(_stack(), f"--base-url {shlex.quote(given)}")


def test_without_delivery_urls_are_relative(capsys: pytest.CaptureFixture[str]) -> None:
    stack = _stack()
    del stack.outputs["Url"]
    assert _html(stack) == 0
    out, err = capsys.readouterr()
    assert f'src="120x/{PATH}"' in out
    assert err.startswith("URLs are relative: without delivery, ")


def test_private_images_need_cookies(capsys: pytest.CaptureFixture[str]) -> None:
    """A signature in a pasted URL would expire."""
    stack = _stack()
    stack.outputs["ViewerKeyId"] = "K1"
    assert _html(stack) == 0
    assert capsys.readouterr().err.startswith("images are private, ")


@pytest.mark.parametrize(
    "key",
    [
        "a b.jpg", "a+b.jpg", "100%.jpg", "a#b?c&d=e.jpg", "grün/ü.jpg", "it's.jpg",
        'a"b.jpg', "<img src=x onerror=alert(1)>.jpg", "a, b 2w.jpg", "{a}.jpg",
        "a\\b.jpg", "a\nb.jpg", "\u202ea.jpg", "/a", "a//b", "🏔", "%2e%2e/a", "a\x00b",
    ],
)  # fmt: skip
@pytest.mark.parametrize("sizes", [SIZES, WITHOUT_MANIFEST])
def test_every_key_stays_a_url(
    key: str, sizes: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert _html(_stack(sizes, key), key=key) == 0
    assert _html(_stack(sizes, key), "--jsx --alt x", key) == 0
    html, _, jsx = capsys.readouterr().out.partition("</picture>")
    tags = _Tags(html).found
    assert [tag for tag, _ in tags] == ["picture", "source", "source", "img"]
    for _, attributes in tags[1:]:
        for entry in re.split(r",\s+", attributes["srcset"]):
            url, _, _ = entry.partition(" ")
            parts = urlsplit(url)
            assert (parts.query, parts.fragment) == ("", "")
            assert parts.path.endswith(f"/{quote(key)}")
            assert url in jsx
    assert html.isascii()


@pytest.mark.parametrize("key", ["../a.jpg", "a/./b", ".."])
def test_a_key_that_browsers_change_is_refused(key: str) -> None:
    """They remove dots from a path, also if they are encoded."""
    with pytest.raises(UsageError, match=r"browsers remove \. and \.\. from URLs"):
        _html(_stack(key=key), key=key)


@pytest.mark.parametrize("option", ["--alt", "--sizes"])
@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\x85", "\udcff"])
def test_control_characters_are_refused(
    option: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        _html(_stack(), f"{option} {shlex.quote(text)}")
    assert end.value.code == 2
    assert "must be UTF-8 without control characters" in capsys.readouterr().err


# What is done to the stack → a part of the message, which says what to do.


def _no_original(stack: FakeStack) -> None:
    stack.s3.delete_object(Bucket="original", Key=KEY)


def _replaced(stack: FakeStack) -> None:
    stack.upload(KEY, images.encoded("jpeg", 100, 150))


def _empty(stack: FakeStack) -> None:
    stack.upload(KEY, b"")


def _no_manifest(stack: FakeStack) -> None:
    stack.s3.delete_object(Bucket=RESIZED, Key=f"manifest/{KEY}.json")


def _no_variant(stack: FakeStack) -> None:
    stack.s3.delete_object(Bucket=RESIZED, Key=f"60x/{KEY}")


def _other_recipe(stack: FakeStack) -> None:
    stored = stack.s3.current(RESIZED, f"manifest/{KEY}.json")
    assert stored
    metadata = {**stored.metadata, "recipe": "other"}
    key = f"manifest/{KEY}.json"
    stack.s3.put_object(Bucket=RESIZED, Key=key, Body=stored.body, Metadata=metadata)


BACKFILL = rf"run `resize-on-upload backfill --prefix '{re.escape(KEY)}'`"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_no_original, r"there is no original with this key, .*; upload it first"),
        (_replaced, rf": not up to date: .* \(of another original\)\. .*{BACKFILL}"),
        (_empty, rf": not up to date: .* \(of another original\)\. .*{BACKFILL}"),
        (_no_manifest, rf"to date: manifest \(not made yet\)\. .*{BACKFILL}"),
        (_no_variant, rf"to date: 60x \(not made yet\)\. .*{BACKFILL}"),
        (_other_recipe, rf"manifest \(made by another recipe\)\. .*{BACKFILL}"),
    ],
)
def test_what_is_not_up_to_date_is_not_printed(
    change: Callable[[FakeStack], None],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = _stack()
    change(stack)
    with pytest.raises(UnfinishedError, match=message) as error:
        _html(stack)
    assert str(error.value).startswith(f"{KEY}: ")
    assert error.value.exit_code == 1
    assert capsys.readouterr().out == ""


def test_a_key_without_a_size_is_refused() -> None:
    sizes = {"sizes": [{"geometry": "60x", "include": ["other/*"]}]}
    with pytest.raises(UnfinishedError, match="has no size; `resize-on-upload check"):
        _html(_stack(sizes))


def test_an_image_that_cannot_be_resized_is_refused() -> None:
    stack = FakeStack(json.dumps(SIZES))
    stack.upload(KEY, b"")
    with pytest.raises(UnfinishedError, match=r"cannot be resized \(empty\)"):
        _html(stack)


@pytest.mark.parametrize("manifest", [True, False])
def test_without_a_size_of_the_whole_image_the_cure_is_named(*, manifest: bool) -> None:
    square = {"geometry": "30x30^", "name": "square", "crop": True}
    with pytest.raises(UnfinishedError, match="no size shows the whole image; add one"):
        _html(_stack({"sizes": [square], "manifest": manifest}))


def test_sizes_made_on_request_need_a_manifest() -> None:
    with pytest.raises(UnfinishedError, match=r'\(20x\) .*set "manifest": true'):
        _html(_stack({"sizes": SIZES["sizes"]}))


@pytest.mark.parametrize("body", [b"{}", b" " * (MAX_BYTES + 1)], ids=["wrong", "long"])
def test_a_manifest_that_others_have_written_is_refused(body: bytes) -> None:
    """Its metadata may say that it is up to date."""
    stack = _stack()
    stored = stack.s3.current(RESIZED, f"manifest/{KEY}.json")
    assert stored
    stack.s3.put_object(
        Bucket=RESIZED,
        Key=f"manifest/{KEY}.json",
        Body=body,
        Metadata=dict(stored.metadata),
    )
    expected = r"^s3://resized/manifest/.*not as the function writes it\. Delete it.*"
    with pytest.raises(UnfinishedError, match=expected + BACKFILL[4:]):
        _html(stack)


@pytest.mark.parametrize(
    ("metadata", "content_type"),
    [({"width": "-1"}, "image/jpeg"), ({"height": "5x"}, "image/jpeg"), ({}, "x/y")],
)
def test_objects_that_others_have_written_are_refused(
    metadata: dict[str, str], content_type: str
) -> None:
    stack = _stack(WITHOUT_MANIFEST)
    stored = stack.s3.current(RESIZED, f"60x/{KEY}")
    assert stored
    stack.s3.put_object(
        Bucket=RESIZED,
        Key=f"60x/{KEY}",
        Body=b"x",
        ContentType=content_type,
        Metadata={**stored.metadata, **metadata},
    )
    with pytest.raises(
        UnfinishedError, match=r"not as the function writes it\. Delete"
    ):
        _html(stack)
