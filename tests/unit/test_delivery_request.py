"""A viewer's request → one size of one original, or no path that is served."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.delivery.request import UnknownPathError, parse
from resize_on_upload.sizes.parser import parse as parse_sizes
from resize_on_upload.sizes.size import MANIFEST

SIZES = parse_sizes(
    '{"manifest": true, "sizes": ["150x", {"geometry": "9x", "formats": '
    '["avif", "png"]}, {"geometry": "50x50", "name": "a.b-c_d"},'
    ' {"geometry": "x150", "include": ["avatars/*"]}]}'
)


def _event(path: str, query: str = "", **headers: str) -> dict[str, object]:
    return {"rawPath": path, "rawQueryString": query, "headers": headers}


@pytest.mark.parametrize(
    ("path", "size", "key"),
    [
        ("/150x/photo.jpg", "150x", "photo.jpg"),
        ("/150x/a/b/c.jpg", "150x", "a/b/c.jpg"),
        ("/9x.avif/photo.jpg", "9x.avif", "photo.jpg"),
        ("/a.b-c_d/photo.jpg", "a.b-c_d", "photo.jpg"),
        ("/%3150x/photo.jpg", "150x", "photo.jpg"),
        ("/150x/a%20b.jpg", "150x", "a b.jpg"),
        ("/150x/a+b.jpg", "150x", "a b.jpg"),
        ("/150x/a%2Bb.jpg", "150x", "a+b.jpg"),
        ("/150x/a%2Fb.jpg", "150x", "a/b.jpg"),
        ("/150x/%2Fphoto.jpg", "150x", "/photo.jpg"),
        ("/150x//photo.jpg", "150x", "/photo.jpg"),
        ("/150x/gr%C3%BCn.jpg", "150x", "grün.jpg"),
        ("/150x/100%25.jpg", "150x", "100%.jpg"),
        ("/150x/a%3Fb%23c.jpg", "150x", "a?b#c.jpg"),
        ("/150x/../secret", "150x", "../secret"),
        ("/x150/avatars/me.jpg", "x150", "avatars/me.jpg"),
        ("/manifest/photo.jpg.json", "manifest", "photo.jpg"),
        ("/150x/" + "k" * 1_019, "150x", "k" * 1_019),
    ],
)
def test_a_path_names_a_size_and_a_key(path: str, size: str, key: str) -> None:
    found = parse(_event(path), SIZES)
    assert (found.size.name, found.key) == (size, key)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "/150x",
        "/150x/",
        "/photo.jpg",
        "/151x/photo.jpg",
        "/9x.webp/photo.jpg",
        "/150X/photo.jpg",
        "/150x/folder/",
        "/150x/folder%2F",
        "/150x/a%00b.jpg",
        "/150x/%ff.jpg",
        "/150x/%C3.jpg",
        "/150x/+%ff.jpg",
        "/x150/photo.jpg",
        "/manifest/photo.jpg",
        "/manifest/.json",
        "/__proto__/photo.jpg",
        "/150x/" + "k" * 1_020,
        "/150x/" + "%C3%BC" * 510,
    ],
)
def test_other_paths_are_unknown(path: str) -> None:
    with pytest.raises(UnknownPathError):
        parse(_event(path), SIZES)


def test_a_plus_may_be_meant_as_one() -> None:
    assert parse(_event("/150x/a+b.jpg"), SIZES).plus_key == "a+b.jpg"
    assert parse(_event("/150x/a%2Bb.jpg"), SIZES).plus_key is None


def test_the_path_keeps_its_query_for_redirects() -> None:
    found = parse(_event("/150x/a.jpg", "v=1", **{"if-none-match": '"e"'}), SIZES)
    assert found.path == "/150x/a.jpg?v=1"
    assert found.if_none_match == '"e"'


@given(st.text(min_size=1, max_size=200).filter(lambda key: not key.endswith("/")))
def test_every_key_can_be_requested(key: str) -> None:
    """Whatever can be uploaded can be linked to, if the link is percent-encoded."""
    try:
        path = "/150x/" + quote(key, safe="/")
    except UnicodeEncodeError:
        return  # S3 has no keys with a lone surrogate
    if "\0" in key:
        return
    assert parse(_event(path), SIZES).key == key
    document = parse(_event("/manifest/" + quote(key, safe="") + ".json"), SIZES)
    assert (document.size, document.key) == (MANIFEST, key)
