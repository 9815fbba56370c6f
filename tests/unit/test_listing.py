"""Both buckets' listings as one: in order, without what nobody uploaded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.reconcile.recipe import recipe_of
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import sizes_for_key
from tests.support.fake_stack import FakeStack
from tools.compare.diff import CURRENT, Comparison
from tools.stack.deployment import side_by_side
from tools.stack.listing import Entry, reordered

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = '{"sizes": ["9x", "x9"], "manifest": true}'
ALL = parse(SIZES)

# All that sorts before the "." of ".json", "/", and on both sides of the surrogates.
KEYS = st.text("ab !#$%&'()*+,-./js\uffee\U0001f600", min_size=1, max_size=4).filter(
    lambda key: not key.endswith("/")
)


def _made(stack: FakeStack, *keys: str) -> None:
    for key in keys:
        source = stack.upload(key)
        for size in sizes_for_key(ALL, key):
            made_by = recipe_of(size, ALL)
            stack.put_size(size.variant_key(key), source=source, recipe=made_by)


def _states(stack: FakeStack, prefix: str = "") -> list[tuple[str, str]]:
    items = Comparison(stack, ALL).items(prefix)
    return [(item.key, item.state) for item in items]


@pytest.mark.parametrize(
    "keys",
    [
        ("avatar", "avatar-large"),
        ("a.jpg", "a.jpg (1)"),
        ("a", "a b", "a-b", "a.b", "a.json", "a.j", "a."),
        ("%", "%+"),
    ],
)
def test_a_key_that_begins_another_is_one_key(keys: tuple[str, ...]) -> None:
    """Its manifest is listed behind the other's."""
    stack = FakeStack(SIZES)
    _made(stack, *keys)
    assert sorted(_states(stack)) == sorted((key, CURRENT) for key in keys)
    assert list(Comparison(stack, ALL).orphans()) == []


@given(st.sets(KEYS, max_size=12), st.text("a.-/", max_size=3), st.integers(1, 3))
def test_every_key_comes_once(keys: set[str], prefix: str, page: int) -> None:
    """Whatever the keys, the prefix and the pages."""
    stack = FakeStack(SIZES, page=page)
    _made(stack, *keys)
    below = [(key, CURRENT) for key in sorted(keys) if key.startswith(prefix)]
    assert sorted(_states(stack, prefix)) == below


def test_a_prefix_does_not_reach_into_the_suffix() -> None:
    """`manifest/a.json` begins with "a.j", its key does not."""
    stack = FakeStack(SIZES)
    _made(stack, "a", "a.jpg")
    assert _states(stack, "a.j") == [("a.jpg", CURRENT)]
    assert _states(stack, "a.jpg") == [("a.jpg", CURRENT)]
    assert list(Comparison(stack, ALL).orphans("a.j")) == []


def test_order_needs_no_more_memory_with_more_keys() -> None:
    """What is held back begins the key that is listed."""
    listed = ["photo", *(f"photo-{number:05}.jpg" for number in range(5_000))]
    drawn = 0

    def stream() -> Iterator[Entry]:
        nonlocal drawn
        for key in listed:
            drawn += 1
            yield Entry(key, 1)

    for given_out, _ in enumerate(reordered(stream(), ".json"), start=1):
        assert drawn - given_out <= 3
    assert given_out == len(listed)


def test_many_items_are_worked_on_as_they_are_wanted() -> None:
    """All of them, in order; not all at once."""
    drawn = 0

    def items() -> Iterator[int]:
        nonlocal drawn
        for number in range(1, 5_001):
            drawn = number
            yield number

    results = side_by_side(str, items())
    assert next(results) == "1"
    assert drawn < 1_000
    assert list(results) == [str(number) for number in range(2, 5_001)]
