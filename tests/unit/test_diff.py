"""The states of random histories of both buckets, checked by a naive comparison."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import cycle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resize_on_upload.reconcile.recipe import recipe_of
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import UPLOAD, sizes_for_key
from resize_on_upload_cli.compare.diff import BucketDiff
from tests.support.fake_stack import ORIGINAL, RESIZED, FakeStack

SIZES = """{
    "sizes": [
        "9x",
        {"geometry": "x9", "include": ["a*"]},
        {"geometry": "5x", "make": "request"}
    ],
    "manifest": true
}"""
ALL = parse(SIZES)
NAMES = ("9x", "x9", "5x", "manifest")

KEYS = st.sampled_from(
    ["a", "a b", "a-b", "a.", "a.b", "a.json", "a/b", "b", "b-1", "b.jpg", "ab/c d"]
)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["upload", "make", "make", "view", "delete", "lose", "foreign", "recipe"]
        ),
        KEYS,
        st.sampled_from(NAMES),
    ),
    max_size=25,
)


class Histories(FakeStack):
    """Both buckets, and what users and the function do to them."""

    def __init__(self) -> None:
        super().__init__(SIZES, page=2)
        self.sources: dict[str, str] = {}

    def act(self, what: str, key: str, name: str) -> None:
        if what == "upload":
            self.sources[key] = self.upload(key)
        elif what == "delete":
            self.s3.delete_object(Bucket=ORIGINAL, Key=key)
            self.sources.pop(key, None)
        elif what == "make":
            self._make(key)
        elif what == "view":
            self._view(key)
        elif what == "lose":
            self.s3.delete_object(Bucket=RESIZED, Key=_target(name, key))
        elif what == "foreign":
            self.put_variant(_target(name, key))
        else:
            source = self.sources.get(key, "none")
            self.put_variant(_target(name, key), source=source, recipe="outdated")

    def _make(self, key: str) -> None:
        wanted = sizes_for_key(ALL, key) if key in self.sources else ()
        for name in NAMES:
            self.s3.delete_object(Bucket=RESIZED, Key=_target(name, key))
        for size in wanted:
            if size.make == UPLOAD:
                self._write(size.name, key)

    def _view(self, key: str) -> None:
        if key in self.sources:
            self._write("5x", key)

    def _write(self, name: str, key: str) -> None:
        wanted = sizes_for_key(ALL, key)
        (size,) = (size for size in wanted if size.name == name)
        made_by, source = recipe_of(size, wanted), self.sources[key]
        self.put_variant(size.variant_key(key), source=source, recipe=made_by)


def _target(name: str, key: str) -> str:
    return f"{name}/{key}.json" if name == "manifest" else f"{name}/{key}"


def _naive(stack: Histories) -> dict[str, tuple[str, list[str]]]:
    """Return key → state and sizes, from the contents of both buckets."""
    sizes: dict[str, dict[str, dict[str, str]]] = defaultdict(dict)
    for target, (stored,) in stack.s3.buckets[RESIZED].items():
        name, _, key = target.partition("/")
        if name == "manifest":
            key = key.removesuffix(".json")
        sizes[key][name] = dict(stored.metadata)
    keys = stack.sources.keys() | sizes.keys()
    return {key: _naive_state(key, stack.sources.get(key), sizes[key]) for key in keys}


def _current_on_request(stack: Histories) -> set[str]:
    """The keys whose variant on request is up to date."""
    found = set()
    for key, source in stack.sources.items():
        stored = stack.s3.buckets[RESIZED].get(_target("5x", key))
        metadata = stored[0].metadata if stored else {}
        if metadata.get("source") == source and metadata["recipe"] != "outdated":
            found.add(key)
    return found


def _naive_state(
    key: str, source: str | None, there: dict[str, dict[str, str]]
) -> tuple[str, list[str]]:
    if source is None:
        return "orphaned", sorted(there)
    wanted = {"9x", "manifest"} | ({"x9"} if key.startswith("a") else set())
    missing = wanted - there.keys()
    stale = {
        name
        for name in (wanted | {"5x"}) & there.keys()
        if there[name].get("source") != source or there[name]["recipe"] == "outdated"
    }
    if missing or stale:
        return "missing" if missing else "stale", sorted(missing | stale)
    extra = sorted(there.keys() - wanted - {"5x"})
    return "orphaned" if extra else "current", extra


@settings(max_examples=300)
@given(ACTS, st.booleans())
def test_states_equal_those_of_a_naive_comparison(
    acts: list[tuple[str, str, str]],
    thorough: bool,  # noqa: FBT001 - of a strategy
) -> None:
    stack = Histories()
    for act in acts:
        stack.act(*act)
    diffs = list(BucketDiff(stack, ALL, thorough=thorough).compare_all())
    found = {diff.key: (diff.state, sorted(diff.sizes)) for diff in diffs}
    assert len(found) == len(diffs), "a key came twice"
    assert found == _naive(stack)
    viewed = {diff.key: diff.on_request for diff in diffs if diff.on_request}
    assert viewed == dict.fromkeys(_current_on_request(stack), 1)
    for diff in diffs:
        processed = diff.state in ("missing", "stale")
        assert diff.to_delete == (("5x",) if processed and "5x" in diff.sizes else ())


def test_a_rejection_does_not_hide_variants_of_another_original() -> None:
    """An empty file replaced an image: the old variants have to be deleted."""
    stack = FakeStack(SIZES)
    first = stack.upload("b.png")
    for size in (size for size in sizes_for_key(ALL, "b.png") if size.name != "5x"):
        made_by = recipe_of(size, sizes_for_key(ALL, "b.png"))
        stack.put_variant(size.variant_key("b.png"), source=first, recipe=made_by)
    stack.upload("b.png", b"")
    (diff,) = BucketDiff(stack, ALL).compare_all()
    assert (diff.state, diff.sizes) == ("stale", ("9x", "manifest"))
    for target in stack.resized_keys():
        stack.s3.delete_object(Bucket=RESIZED, Key=target)
    (diff,) = BucketDiff(stack, ALL).compare_all()
    assert (diff.state, diff.why, diff.sizes) == ("rejected", "empty", ())


@pytest.mark.parametrize("key", ["x" * 1_012, "é" * 506 + "x"], ids=["x", "é"])
def test_a_key_too_long_for_a_size_is_rejected(key: str) -> None:
    """As the function does, without a record, and also when compared alone."""
    stack = FakeStack(SIZES)
    stack.upload(key)
    buckets = BucketDiff(stack, ALL)
    (diff,) = buckets.compare_all()
    assert diff == buckets.compare(key)
    assert (diff.state, diff.why, diff.sizes) == ("rejected", "key-too-long", ())


def test_only_the_sizes_that_a_key_gets_limit_its_length() -> None:
    """A key that is too long only for a size that it does not get is made."""
    stack = FakeStack('{"sizes": ["9x", {"geometry": "x9999", "include": ["a*"]}]}')
    sizes = parse(stack.function["Environment"]["Variables"]["SIZES"])
    stack.upload("b" * 1_020)
    stack.upload("a" * 1_020)
    found = {one.key[0]: one.state for one in BucketDiff(stack, sizes).compare_all()}
    assert found == {"a": "rejected", "b": "missing"}


def test_a_size_made_on_request_limits_no_key() -> None:
    """Nobody can request it for such a key; the others are made."""
    sizes = [{"geometry": "x9999", "make": "request"}, "9x"]
    stack = FakeStack(json.dumps({"sizes": sizes}))
    stack.upload("b" * 1_020)
    (diff,) = BucketDiff(stack, stack.sizes).compare_all()
    assert (diff.state, diff.sizes) == ("missing", ("9x",))


def test_an_empty_file_with_a_long_key_is_rejected_as_empty() -> None:
    """The function reads before it checks the key."""
    stack = FakeStack(SIZES)
    stack.upload("x" * 1_012, b"")
    (diff,) = BucketDiff(stack, ALL).compare_all()
    assert diff.why == "empty"


def test_variants_of_another_original_are_stale_though_the_key_is_too_long() -> None:
    stack = FakeStack(SIZES)
    key = "x" * 1_012
    stack.upload(key)
    stack.put_variant(f"9x/{key}", source="earlier", recipe="earlier")
    (diff,) = BucketDiff(stack, ALL).compare_all()
    assert diff.state == "missing"


def _heads(stack: FakeStack, *, thorough: bool) -> list[str]:
    """Return what is looked at to compare all keys."""
    heads: list[str] = []
    stack.s3.before = lambda _name, call: heads.append(call["Key"])
    list(BucketDiff(stack, ALL, thorough=thorough).compare_all())
    return sorted(heads)


def test_a_current_manifest_vouches_for_what_was_written_before_it() -> None:
    """One HEAD for each key, and one for each variant that a viewer had made."""
    stack = Histories()
    for key in ("a", "b"):
        stack.act("upload", key, "")
        stack.act("make", key, "")
    stack.act("view", "b", "")
    looked_at = ["5x/b", "manifest/a.json", "manifest/b.json"]
    assert _heads(stack, thorough=False) == looked_at
    sizes = ["9x/a", "9x/b", "x9/a"]
    assert _heads(stack, thorough=True) == sorted(looked_at + sizes)


def test_a_stale_manifest_vouches_for_nothing() -> None:
    stack = Histories()
    for what in ("upload", "make", "upload"):
        stack.act(what, "a", "")
    everything = ["9x/a", "manifest/a.json", "x9/a"]
    assert _heads(stack, thorough=False) == everything


def test_a_variant_that_is_newer_than_the_manifest_is_looked_at() -> None:
    """The function was stopped at the next upload, which was then taken back."""
    stack = Histories()
    for what in ("upload", "make"):
        stack.act(what, "a", "")
    first = stack.sources["a"]
    second = stack.upload("a")
    made_by = recipe_of(ALL[0], sizes_for_key(ALL, "a"))
    stack.put_variant("9x/a", source=second, recipe=made_by)
    stack.s3.delete_object(Bucket=ORIGINAL, Key="a", VersionId=second)
    stack.sources["a"] = first
    (diff,) = BucketDiff(stack, ALL).compare_all()
    assert (diff.state, diff.sizes) == ("stale", ("9x",))


def test_a_manifest_does_not_vouch_for_what_a_viewer_had_made() -> None:
    """It may be of an earlier recipe, though it is older than the manifest."""
    stack = Histories()
    stack.act("upload", "b", "")
    stack.act("recipe", "b", "5x")
    stack._write("9x", "b")
    stack._write("manifest", "b")
    (diff,) = BucketDiff(stack, ALL).compare_all()
    assert (diff.state, diff.sizes) == ("stale", ("5x",))


def test_a_third_of_the_answers_may_be_503() -> None:
    """And others time out: the states are the same."""
    stack = Histories()
    for number in range(40):
        stack.act("upload", f"a{number}", "")
        stack.act("make" if number % 3 else "recipe", f"a{number}", "9x")
    expected = list(BucketDiff(stack, ALL).compare_all())
    faults = cycle(["503", None, None, "before", None, "after", None])
    stack.s3.before = lambda *_: next(faults)
    assert list(BucketDiff(stack, ALL).compare_all()) == expected
    assert {diff.state for diff in expected} == {"current", "missing"}
