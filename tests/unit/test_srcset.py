"""Which variants a page's `srcset` and `<source>`s list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.imaging.results import SourceInfo
from resize_on_upload.reconcile.description.srcset import VariantFact, sources, srcset


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ([("a", 40, 30), ("b", 20, 15)], "b/k 20w, a/k 40w"),
        ([("a", 40, 30), ("square", 30, 30)], "a/k 40w"),
        ([("a", 40, 30), ("b", 40, 30)], "b/k 40w"),
        ([("a", 13, 10)], "a/k 13w"),
        ([("square", 30, 30)], ""),
    ],
    ids=["by-width", "no-crops", "one-per-width", "rounded", "none"],
)
def test_a_srcset_lists_only_variants_of_the_whole_image(
    facts: list[tuple[str, int, int]], expected: str
) -> None:
    listed = [VariantFact(n, f"{n}/k", w, h, 1, "image/png") for n, w, h in facts]
    assert srcset(SourceInfo("png", 400, 300), listed) == expected


JPEG, PNG, GIF, WEBP, AVIF = (
    f"image/{name}" for name in ("jpeg", "png", "gif", "webp", "avif")
)


def _fact(name: str, width: int, kind: str, *, animated: bool = False) -> VariantFact:
    """A variant of an image of 4:3."""
    return VariantFact(name, f"{name}/k", width, width * 3 // 4, 1, kind, animated)


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (
            [("a", 320, AVIF), ("b", 640, AVIF), ("c", 320, JPEG), ("d", 640, JPEG)],
            [("", "c/k 320w, d/k 640w"), (AVIF, "a/k 320w, b/k 640w")],
        ),
        (
            [("a", 320, JPEG), ("b", 640, JPEG), ("c", 640, WEBP), ("d", 640, AVIF)],
            [("", "a/k 320w, b/k 640w"), (AVIF, "d/k 640w"), (WEBP, "c/k 640w")],
        ),
        ([("a", 320, WEBP), ("b", 320, AVIF)], [("", "a/k 320w"), (AVIF, "b/k 320w")]),
        ([("a", 320, AVIF)], [("", "a/k 320w")]),
        (
            [("a", 320, JPEG), ("b", 320, PNG), ("c", 640, PNG)],
            [("", "b/k 320w, c/k 640w")],
        ),
        ([("a", 320, PNG), ("b", 320, JPEG), ("c", 320, GIF)], [("", "b/k 320w")]),
        ([("a", 640, JPEG), ("b", 320, AVIF)], [("", "a/k 640w")]),
    ],
    ids=[
        "avif-and-jpeg",
        "best-first",
        "webp-falls-back-for-avif",
        "avif-alone",
        "more-widths-of-png",
        "jpeg-before-png",
        "a-narrow-source-would-blur",
    ],
)
def test_a_srcset_has_one_format(
    facts: list[tuple[str, int, str]], expected: list[tuple[str, str]]
) -> None:
    """`srcset` cannot name formats, `<picture>` can: modern ones become its sources."""
    source = SourceInfo("png", 4_000, 3_000)
    listed = [_fact(*one) for one in facts]
    found = [("", srcset(source, listed))]
    found += [(one["type"], one["srcset"]) for one in sources(source, listed)]
    assert found == expected


@pytest.mark.parametrize(
    ("gifs", "webps", "listed"),
    [
        ({32: True, 64: False}, {32: True, 64: False}, True),
        ({32: True, 64: False}, {32: False, 64: True}, False),
        ({32: True, 64: True}, {64: True}, True),
        ({32: False, 64: True}, {32: True, 64: False}, False),
        ({64: True}, {32: False, 64: True}, False),
        ({32: True}, {64: False}, False),
    ],
)
def test_a_source_is_animated_at_every_width_that_srcset_is(
    gifs: dict[int, bool],
    webps: dict[int, bool],
    listed: bool,  # noqa: FBT001 - a parameter
) -> None:
    """A browser takes the narrowest that is wide enough."""
    facts = [_fact(f"g{width}", width, GIF, animated=gifs[width]) for width in gifs]
    facts += [_fact(f"w{width}", width, WEBP, animated=webps[width]) for width in webps]
    found = sources(SourceInfo("gif", 400, 300, frames=2), facts)
    assert [one["type"] for one in found] == ([WEBP] if listed else [])


FACTS = st.lists(
    st.builds(
        _fact,
        st.from_regex(r"[a-z][0-9]{0,2}", fullmatch=True),
        st.sampled_from((40, 80, 120)),
        st.sampled_from((JPEG, PNG, GIF, WEBP, AVIF)),
    ),
    max_size=12,
    unique_by=lambda fact: fact.name,
)


@given(facts=FACTS, frames=st.sampled_from((1, 9)), data=st.data())
def test_every_srcset_has_one_type_and_every_width_once(
    facts: list[VariantFact], frames: int, data: st.DataObject
) -> None:
    """For any sizes; their order in sizes.json does not matter."""
    source = SourceInfo("gif", 400, 300, frames)
    kinds = {fact.key: fact.type for fact in facts}
    better = sources(source, facts)
    for text in (srcset(source, facts), *(one["srcset"] for one in better)):
        entries = [entry.split() for entry in text.split(", ") if entry]
        assert len({kinds[key] for key, _ in entries}) == bool(facts)
        widths = [int(width.removesuffix("w")) for _, width in entries]
        assert widths == sorted(set(widths))
    assert all(kinds[one["srcset"].split()[0]] == one["type"] for one in better)
    shuffled = data.draw(st.permutations(facts))
    assert srcset(source, shuffled) == srcset(source, facts)
    assert sources(source, shuffled) == better
