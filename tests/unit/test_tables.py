"""The states by the query of the inventory tables: those of the comparison, exactly."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from resize_on_upload.storage.carry_over import NO_RULES, CarryOverRules
from resize_on_upload_cli.compare import dropped_sizes
from resize_on_upload_cli.compare.diff import BucketDiff
from resize_on_upload_cli.compare.plan import Plan
from resize_on_upload_cli.tables.table_diff import TableDiff
from tests.support import fake_athena
from tests.support.table_histories import ACTS, Histories, Place

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resize_on_upload_cli.compare.key_diff import KeyDiff

LONG_NAME = "a-name.of_64-letters-that-makes-keys-too-long-for-some-sizes"
PATTERNS = {"include": ["a*", "*'*"], "exclude": ["a_%*", "*\\*"]}
SIZES = [
    json.dumps(one)
    for one in (
        {"sizes": ["9x"]},
        {
            "manifest": True,
            "exclude": ["b?"],
            "sizes": [
                "9x",
                {"geometry": "x9", **PATTERNS},
                {"geometry": "5x", "make": "request"},
                {"geometry": "7x", "name": LONG_NAME},
            ],
        },
        {
            "manifest": True,
            "sizes": [
                {"geometry": "9x", "include": ["a*"], "make": "request"},
                {
                    "geometry": "x9",
                    "include": ["?", "é*"],
                    "formats": ["webp", "original"],
                },
            ],
        },
    )
]
TO_MAKE = ("missing", "stale")
RULES = CarryOverRules(versions=True, base_url="https://a.example/it's/")

LONG = "x" * 1_000
KEYS = st.sampled_from(
    [
        *("a", "a b", "a-b", "a.", "a.b", "a.json", "a/b", "b", "b-1", "b.jpg"),
        *("a_%c", "aX%c", "é", "é'\"", "''; DROP TABLE x --", "a\\b", "a\nb", "a,b+c"),
        *("😀", "b😀", "%41", "a/", "/", "folder/", ".json", "a/.json"),
        *(LONG + "y" * 20, LONG + "y" * 24, "é" * 480, "é" * 512, "é" * 505 + "x"),
    ]
)
NAMES = st.sampled_from(
    [
        "9x",
        "x9",
        "5x",
        "x9.webp",
        "manifest",
        "rejected",
        "dropped",
        "",
        "x'y\"",
        "a, \r\n+%20é",
    ]
)


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, Place]]:
    """Return what happens to a few keys, all of which are uploaded at first."""
    keys = draw(st.lists(KEYS, min_size=1, max_size=4, unique=True))
    places = st.builds(Place, st.sampled_from(keys), NAMES)
    acts = st.lists(st.tuples(st.sampled_from([*ACTS]), places), max_size=20)
    return [("upload", Place(key, "")) for key in keys] + draw(acts)


def _by_key(diffs: Iterable[KeyDiff]) -> dict[str, Any]:
    found = [diff for diff in diffs if diff.state != "current"]
    assert len({diff.key for diff in found}) == len(found), "a key came twice"
    return {diff.key: diff.document() for diff in found}


def _plan() -> Plan:
    return Plan(1_769, mirrors_deletes=True)


def _by_listings(stack: Histories, prefix: str) -> tuple[Plan, dict[str, Any]]:
    plan = _plan()
    diffs = [*BucketDiff(stack, stack.sizes, thorough=True).compare_all(prefix)]
    for diff in diffs:
        plan.add(diff)
    if not prefix:
        plan.foreign = list(dropped_sizes.foreign_prefixes(stack, stack.sizes))
    return plan, _by_key(diffs)


def _document(plan: Plan) -> dict[str, Any]:
    document = plan.document() | {"originals": plan.originals}
    document["backfill"]["dollars"] = pytest.approx(document["backfill"]["dollars"])
    return document


@settings(max_examples=40, deadline=None)
@given(
    histories(),
    st.sampled_from(SIZES),
    st.sampled_from([NO_RULES, RULES]),
    st.sampled_from(["", "", "a", "é'"]),
)
def test_states_equal_those_of_the_comparison(
    acts: list[tuple[str, Place]], sizes: str, rules: CarryOverRules, prefix: str
) -> None:
    stack = Histories(sizes)
    vars(stack)["store"] = replace(stack.store, carry_over=rules)
    for what, place in acts:
        stack.act(what, place)
    _compare(stack, prefix)


def _compare(stack: Histories, prefix: str = "") -> dict[str, Any]:
    expected_plan, expected = _by_listings(stack, prefix)
    tables, plan, summed = TableDiff(stack, stack.sizes, prefix), _plan(), _plan()
    assert _by_key(tables.differences(plan)) == expected
    assert _document(plan) == _document(expected_plan)
    tables.sum_up(summed)
    assert _document(summed) == _document(expected_plan)
    made = {key for key, one in expected.items() if one["state"] in TO_MAKE}
    assert set(tables.keys_to_make()) == made
    return expected


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ("upload", "missing: not made yet"),
        ("upload make", None),
        ("upload make view", None),
        ("upload make upload", "stale: of another original"),
        ("upload make outdated", "stale: made by another recipe"),
        ("upload reject", "rejected: corrupt"),
        ("upload reject upload", "missing: not made yet"),
        ("upload reject-by-others", "missing: not made yet"),
        ("upload reject-without-a-code", "missing: not made yet"),
        ("empty", "rejected: empty"),
        ("upload make delete", "orphaned: its original is gone"),
        ("upload make delete undo", None),
        ("version-both upload make upload make undo", "stale: of another original"),
        ("version-both upload make lose", "missing: not made yet"),
        ("stop-versions upload make", None),
        ("stop-versions upload make upload", "stale: of another original"),
    ],
)
def test_each_state_is_reached(acts: str, expected: str | None) -> None:
    """Of one key; the random histories reach some of them rarely."""
    stack = Histories(SIZES[1])
    for what in acts.split():
        stack.act(what.replace("-", " "), Place("a.png", "9x"))
    found = _compare(stack)
    texts = [f"{one['state']}: {one['why']}" for one in found.values()]
    assert texts == ([expected] if expected else [])


@pytest.mark.parametrize("column", ["user_metadata", "e_tag", "is_delete_marker"])
def test_what_the_table_does_not_know_is_not_called_up_to_date(
    monkeypatch: pytest.MonkeyPatch, column: str
) -> None:
    """Without an ETag, or metadata, variants are of another original."""
    number = {"is_delete_marker": 4, "e_tag": 7, "user_metadata": 10}[column]
    known = fake_athena._row

    def unknown(*about: Any, **options: Any) -> tuple[Any, ...]:
        row = known(*about, **options)
        return (*row[:number], None, *row[number + 1 :])

    stack = Histories(SIZES[0])
    for what in ("stop versions", "upload", "make"):
        stack.act(what, Place("a.png", "9x"))
    monkeypatch.setattr(fake_athena, "_row", unknown)
    expected = set() if column == "is_delete_marker" else {"stale"}
    found = TableDiff(stack, stack.sizes).differences(_plan())
    assert {diff.state for diff in found} == expected


def test_an_object_without_a_key_is_no_variant() -> None:
    """Not a folder marker, and not what only has the ending of a manifest."""
    stack = Histories(SIZES[1])
    for target in ("9x/", "manifest/.json", "rejected/.json", "manifest/a/.json"):
        stack.put_variant(target, source="s", recipe="r")
    assert _compare(stack) == {}


def test_the_query_of_fifty_sizes_is_short_enough() -> None:
    """Athena takes 262,144 bytes; the fake refuses more. All sizes have a bit."""
    sizes = [
        {"geometry": f"{number}x", "include": [f"{'é*' * 20}{number}"]}
        for number in range(1, 51)
    ]
    stack = Histories(json.dumps({"manifest": True, "sizes": sizes}))
    for number in (1, 50):
        stack.act("upload", Place("é" * 20 + str(number), ""))
    found = _compare(stack)
    assert [one["sizes"] for one in found.values()] == [
        ("1x", "manifest"),
        ("50x", "manifest"),
    ]


def test_a_difference_to_make_is_that_of_the_plan() -> None:
    stack = Histories(SIZES[1])
    for what in ("upload", "make", "outdated"):
        stack.act(what, Place("a.png", "5x"))
    tables = TableDiff(stack, stack.sizes)
    assert [*tables.to_make()] == [*tables.differences(_plan())]


def test_examples_are_the_first_keys() -> None:
    stack = Histories(SIZES[0])
    for number in range(30):
        stack.upload(f"é/{number:02}.png")
    plan = _plan()
    TableDiff(stack, stack.sizes).sum_up(plan)
    keys = [diff.key for diff in plan.examples["missing"]]
    assert keys == [f"é/{number:02}.png" for number in range(10)]
