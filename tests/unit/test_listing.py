"""The listings of both buckets, merged in order, without folder markers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.reconcile.recipe import recipe_of
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import sizes_for_key
from resize_on_upload_cli.compare import orphans
from resize_on_upload_cli.compare.diff import BucketDiff
from resize_on_upload_cli.compare.key_diff import CURRENT
from resize_on_upload_cli.stack import parallel
from resize_on_upload_cli.stack.listing import ListedObject, reordered
from resize_on_upload_cli.stack.parallel import map_parallel, read_ahead
from tests.support.fake_stack import ORIGINAL, FakeStack

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
    assert list(orphans.find(BucketDiff(stack, ALL))) == []


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
    assert list(orphans.find(BucketDiff(stack, ALL), "a.j")) == []


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


def test_calls_that_nobody_waits_for_are_not_begun(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After Ctrl-C, one call of each thread ends, and not the 16 of its task."""
    called, may_end = list[int](), threading.Event()

    class Stopped(threading.Event):
        def set(self) -> None:
            super().set()
            may_end.set()

    def call(number: int) -> int:
        called.append(number)
        assert number < 16 or may_end.wait(60)
        return number

    monkeypatch.setattr(parallel, "Event", Stopped)
    results = map_parallel(call, range(10_000), at_once=16)
    assert next(results) == 0
    results.close()
    assert len(called) <= 16 + parallel.MAX_CALLS


def test_ten_thousand_versions_of_a_key_are_one_original() -> None:
    """Also if the newest is a delete marker, and between other keys."""
    stack = FakeStack(SIZES)
    _made(stack, "a", "c")
    for _ in range(5_000):
        stack.upload("b")
        stack.s3.delete_object(Bucket=ORIGINAL, Key="b")
    assert _states(stack) == [("a", CURRENT), ("c", CURRENT)]
    stack.upload("b")
    assert _states(stack) == [("a", CURRENT), ("b", "missing"), ("c", CURRENT)]


def test_pages_are_read_ahead_but_not_all() -> None:
    """And no more once nobody wants them."""
    drawn = 0

    def pages() -> Iterator[list[int]]:
        nonlocal drawn
        for drawn in range(1, 101):
            yield [drawn, drawn]

    items = read_ahead(pages())
    assert [next(items), next(items), next(items)] == [1, 1, 2]
    items.close()
    assert 2 <= drawn <= 5
    assert list(read_ahead(pages()))[-1] == 100


def test_an_error_of_a_page_is_raised_after_the_pages_before_it() -> None:
    def pages() -> Iterator[list[int]]:
        yield [1]
        message = "page 2"
        raise OSError(message)

    items = read_ahead(pages())
    assert next(items) == 1
    with pytest.raises(OSError, match="page 2"):
        next(items)


def test_parallel_calls_end_with_the_first_error() -> None:
    """The calls that have not begun are not made."""
    called: list[int] = []

    def call(number: int) -> int:
        called.append(number)
        if number == 3:
            message = "call 3"
            raise OSError(message)
        return number

    results = map_parallel(call, range(100_000), at_once=2)
    with pytest.raises(OSError, match="call 3"):
        list(results)
    assert len(called) < 1_000
