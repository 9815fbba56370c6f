"""Manifests that others may have written: nothing of them is used unchecked."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cli.page.manifest import ManifestError, read
from resize_on_upload_cli.page.responsive_image import (
    Candidate,
    ResponsiveImage,
    Source,
)

KEY, SOURCE_ID = "a b,c.jpg", "v1"
PATH = "a%20b%2Cc.jpg"


def _variant(name: str, width: int, kind: str = "image/jpeg") -> dict[str, Any]:
    dimensions = {"width": width, "height": width * 2}
    return {
        "name": name,
        "key": f"{name}/{KEY}",
        **dimensions,
        "bytes": 7,
        "type": kind,
    }


TRUE: dict[str, Any] = {
    "version": 1,
    "source": {
        "key": KEY, "id": SOURCE_ID, "bytes": 9, "format": "png",
        "width": 9, "height": 18, "frames": 1,
    },
    "variants": [
        _variant("1x", 1), _variant("5x", 5), _variant("5w", 5, "image/webp"),
    ],
    "srcset": f"1x/{PATH} 1w, 5x/{PATH} 5w",
    "sources": [{"type": "image/webp", "srcset": f"5w/{PATH} 5w"}],
    "placeholder": "data:image/webp;base64,UklGRg==",
    "color": "#123abc",
}  # fmt: skip


def _read(document: Any) -> ResponsiveImage | None:
    return read(json.dumps(document).encode(), KEY, SOURCE_ID)


def _changed(value: Any, *path: str | int) -> dict[str, Any]:
    """The true manifest with one value replaced."""
    document = copy.deepcopy(TRUE)
    inner: Any = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return document


def test_a_true_manifest_is_read() -> None:
    candidates = (Candidate(f"1x/{PATH}", 1), Candidate(f"5x/{PATH}", 5))
    assert _read(TRUE) == ResponsiveImage(
        sources=(Source("image/webp", (Candidate(f"5w/{PATH}", 5),)),),
        fallback=Source("image/jpeg", candidates),
        width=5,
        height=10,
        placeholder="data:image/webp;base64,UklGRg==",
        color="#123abc",
    )


def test_what_a_manifest_may_lack() -> None:
    """Older ones have no sources; some no placeholder; unknown keys are ignored."""
    document = TRUE | {"placeholder": None, "more": [1]}
    del document["sources"]
    found = _read(document)
    assert found
    assert (found.sources, found.placeholder) == ((), None)
    assert _read(TRUE | {"srcset": "", "sources": []}) is None


@pytest.mark.parametrize("query", ["", "?v=0123abcd"])
def test_a_url_may_have_a_version(query: str) -> None:
    found = _read(_changed(f"5x/{PATH}{query} 5w", "srcset"))
    assert found
    assert found.fallback.candidates == (Candidate(f"5x/{PATH}{query}", 5),)


@pytest.mark.parametrize(
    "body",
    [
        b"", b"\xff", b"{", b"null", b"[]", b'"a"', b"7", b"NaN", b"[" * 100_000,
        b'{"version": 1' + b"1" * 5_000 + b"}", b'{"version": 1e999}',
    ],
    ids=lambda body: repr(body[:9]),
)  # fmt: skip
def test_what_is_not_a_manifest_is_refused(body: bytes) -> None:
    with pytest.raises(ManifestError):
        read(body, KEY, SOURCE_ID)


LONG = "data:image/webp;base64," + "A" * 1_024
SIDES = (0, -1, 1.5, True, "5", None, 10**9)
SRCSETS: tuple[Any, ...] = (
    None, 7, [], " ", f"5x/{PATH}", f"5x/{PATH} 5", f"5x/{PATH} 5x",
    f"5x/{PATH} 5w,", f"5x/{PATH} 6w", f"5x/{PATH} 05w", f"6x/{PATH} 5w",
    f"5x/{KEY} 5w", "5x/evil.jpg 5w", f"../5x/{PATH} 5w", f"5x/{PATH}/5x 5w",
    f"/5x/{PATH} 5w", f"javascript:5x/{PATH} 5w", f"https://a.example/5x/{PATH} 5w",
    f"https://evil.example/a/5x/{PATH} 5w",
    f"//evil.example/5x/{PATH} 5w", f"5x/{PATH}?v=123456789 5w",
    f"5x/{PATH}?v=0123abcG 5w", f"5x/{PATH}?w=9 5w", f"5x/{PATH}#a 5w",
    f'5x/{PATH}" onerror="x 5w', f"5x/{PATH} 5w\n", f"5x/{PATH} \u0665w",
    f"5x/{PATH} 5w, 5w/{PATH} 5w",
)  # fmt: skip
CHANGES: dict[tuple[str | int, ...], tuple[Any, ...]] = {
    ("version",): (2, "1", None, [1]),
    ("source",): (None, [], "a", {"key": KEY}),
    ("source", "key"): ("b.jpg", None, [KEY], "\ud800"),
    ("source", "id"): ("v0", None, {"v1": 1}),
    ("variants",): (None, {}, "1x", [7], [None], [[]], []),
    ("variants", 1, "name"): ("6x", "", "a/b", '"', 5, None),
    ("variants", 1, "key"): (f"5x/{KEY}x", KEY, None),
    ("variants", 1, "width"): (*SIDES, 6),
    ("variants", 1, "height"): SIDES,
    ("variants", 1, "type"): ("image/svg+xml", "", 5, None),
    ("srcset",): SRCSETS,
    ("sources",): (None, {}, "x", [None], [[]], [{}]),
    ("sources", 0, "type"): ("image/avif", None, ["image/webp"]),
    ("sources", 0, "srcset"): (*SRCSETS, ""),
    ("placeholder",): (
        *(7, "", "x", "javascript:alert(1)", "data:text/html;base64,AAAA", LONG),
        *("data:image/svg+xml;base64,AAAA", "data:image/webp;base64,A)", "url(x)"),
        *('data:image/webp;base64,A"', "data:image/webp;base64,AAAA\n"),
    ),
    ("color",): (
        *(7, "red", "#fff", "#12345g", "#123456;x:y", "#123ABC", "#123abc\n"),
    ),
}


@pytest.mark.parametrize(
    ("path", "value"),
    [(path, value) for path, values in CHANGES.items() for value in values],
    ids=repr,
)
def test_a_changed_manifest_is_refused(path: tuple[str | int, ...], value: Any) -> None:
    with pytest.raises(ManifestError, match="not as the function writes it"):
        _read(_changed(value, *path))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text()
    | st.sampled_from([KEY, PATH, f"5x/{PATH} 5w", "image/webp", "1x", "5x"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["type", "srcset", "name", "key"]), inner),
    max_leaves=6,
)  # fmt: skip
PLACES: list[tuple[str | int, ...]] = [
    *((name,) for name in TRUE),
    *(("variants", 1, name) for name in TRUE["variants"][1]),
    *(("sources", 0, name) for name in TRUE["sources"][0]),
]


@given(VALUES, st.sampled_from(PLACES))
def test_nothing_unchecked_is_used(value: Any, place: tuple[str | int, ...]) -> None:
    """Whatever one part is, what is read has variants of this key alone."""
    try:
        found = _read(_changed(value, *place))
    except ManifestError:
        return
    if found:
        sources = (found.fallback, *found.sources)
        paths = {one.path for source in sources for one in source.candidates}
        assert paths <= {f"{name}/{PATH}" for name in ("1x", "5x", "5w")}
        assert 1 <= found.width * found.height <= 10**12
        assert found.placeholder in (None, TRUE["placeholder"])
        assert found.color in (None, TRUE["color"])
