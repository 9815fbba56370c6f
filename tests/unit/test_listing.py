"""The listings of both buckets, merged in order, without folder markers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.reconcile.recipe import recipe_of
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import sizes_for_key
from resize_on_upload_cli.compare.diff import BucketDiff
from resize_on_upload_cli.compare.key_diff import CURRENT
from resize_on_upload_cli.stack.listing import ListedObject, reordered
from resize_on_upload_cli.stack.parallel import map_parallel
from tests.support.fake_stack import FakeStack

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
            stack.put_variant(size.variant_key(key), source=source, recipe=made_by)


def _states(stack: FakeStack, prefix: str = "") -> list[tuple[str, str]]:
    return [(one.key, one.state) for one in BucketDiff(stack, ALL).compare_all(prefix)]


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
    """Its manifest is listed after the other's."""
    stack = FakeStack(SIZES)
    _made(stack, *keys)
    assert sorted(_states(stack)) == sorted((key, CURRENT) for key in keys)
    assert list(BucketDiff(stack, ALL).orphans()) == []


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
    assert list(BucketDiff(stack, ALL).orphans("a.j")) == []


def test_reordering_many_keys_needs_little_memory() -> None:
    """Only keys that are a prefix of the current one wait."""
    listed = ["photo", *(f"photo-{number:05}.jpg" for number in range(5_000))]
    drawn = 0

    def stream() -> Iterator[ListedObject]:
        nonlocal drawn
        for key in listed:
            drawn += 1
            yield ListedObject(key, 1)

    for given_out, _ in enumerate(reordered(stream(), ".json"), start=1):
        assert drawn - given_out <= 3
    assert given_out == len(listed)


def test_parallel_calls_take_items_as_results_are_read() -> None:
    """All of them, in order, but not all at once."""
    drawn = 0

    def items() -> Iterator[int]:
        nonlocal drawn
        for number in range(1, 5_001):
            drawn = number
            yield number

    results = map_parallel(str, items())
    assert next(results) == "1"
    assert drawn < 1_000
    assert list(results) == [str(number) for number in range(2, 5_001)]
