"""`prune`: what it removes, what it leaves alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from tests.protocol.explorer import make_variants
from tests.support.fake_stack import ORIGINAL, RESIZED, FakeStack
from tools.commands import backfill, plan, prune
from tools.stack.deployment import DeploymentError

SIZES = '{"sizes": ["9x", "x9"]}'
ALL = parse(SIZES)


def _stack(*, mirrors: bool = True) -> FakeStack:
    """A deployment whose function works at once; one picture is up to date."""
    stack = FakeStack(SIZES, mirrors=mirrors)
    config = ReconcileConfig(stack.store, ALL, make_variants, mirrors)
    stack.function_calls.work = lambda key: reconcile(key, config, Report())
    stack.upload("stays.png", b"A")
    stack.function_calls.work("stays.png")
    return stack


@pytest.fixture
def stack() -> FakeStack:
    return _stack()


def _prune(stack: FakeStack, prefix: str = "", *, yes: bool = True) -> bool:
    return prune.run(stack, ALL, prefix, yes=yes, as_json=False)


def _plan(stack: FakeStack) -> bool:
    return plan.run(stack, ALL, "", as_json=False)


def test_folder_markers_are_no_orphans(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """As S3's console makes them, of a size and below one."""
    for marker in ("9x/", "9x/holiday/", "x9/holiday/"):
        stack.put_size(marker)
    before = stack.there()
    assert not _plan(stack)
    assert "Nothing to do." in capsys.readouterr().out
    assert not _prune(stack)
    assert capsys.readouterr().out == "Nothing to remove.\n"
    assert stack.there() == before


def _metadata(prefix: str, geometry: str = "20x") -> dict[str, str]:
    """What the function writes beside a variant now."""
    made = {"source": "v1", "recipe": "0" * 16, "geometry": geometry}
    return {**made, "width": "20", "height": "10", "prefix": prefix}


def _older(prefix: str, geometry: str = "20x") -> dict[str, str]:
    """What it wrote before it named the prefix."""
    return {k: v for k, v in _metadata(prefix, geometry).items() if k != "prefix"}


@pytest.mark.parametrize(
    ("target", "metadata"),
    [
        ("large/a.png", _metadata("large")),
        ("20x/b/c d.png", _metadata("20x")),
        ("20x/a.png", _older("20x")),
        ("manifest/a.png.json", _metadata("manifest", "16x16>")),
        ("manifest/a.png.json", _older("manifest", "16x16>")),
    ],
)
def test_a_size_that_was_dropped_is_removed(
    stack: FakeStack, target: str, metadata: dict[str, str]
) -> None:
    kept = stack.there()
    stack.put_size(target, **metadata)
    assert _plan(stack)
    assert _prune(stack, yes=False)
    assert stack.there() == {*kept, target}
    assert not _prune(stack)
    assert stack.there() == kept
    assert not _plan(stack)


@pytest.mark.parametrize(
    ("target", "metadata"),
    [
        ("featured/a.png", _metadata("9x", "9x")),  # aws s3 cp keeps metadata
        ("featured/a.png", _older("9x", "9x")),
        ("featured/9x/a.png", _metadata("9x", "9x")),
        ("large/a.png", _older("large")),  # or a copy: nobody can tell
        ("20x/a.png", _metadata("9x", "20x")),
        ("manifest/a.png", _older("9x", "9x")),
        ("manifest/a.png.json", {}),
        ("20x/", {}),
        ("20x/a.png", {}),
        ("20x/a.png", {"geometry": "20x", "prefix": "20x"}),  # no recipe
        ("a.png", _metadata("a.png")),
    ],
)
def test_what_may_be_somebodys_own_stays(
    stack: FakeStack, target: str, metadata: dict[str, str]
) -> None:
    stack.put_size(target, **metadata)
    before = stack.there()
    assert not _plan(stack)
    assert not _prune(stack)
    assert stack.there() == before


def test_only_what_is_a_variants_own_counts(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dropped size with a marker, a file of a user's and a copy in it."""
    kept = {"20x/", "20x/copy.png", "20x/readme.txt", *stack.there()}
    stack.put_size("20x/")
    stack.put_size("20x/copy.png", **_metadata("9x", "9x"))
    stack.put_size("20x/readme.txt")
    stack.put_size("20x/a.png", **_metadata("20x"))
    assert _plan(stack)
    told = capsys.readouterr().out
    assert "20x/: 4 objects, 1 of a size that was dropped" in told
    assert "prune would remove 1 object\n" in told
    assert _prune(stack, yes=False)
    assert "1 object would be removed; --yes does it." in capsys.readouterr().out
    assert not _prune(stack)
    assert stack.there() == kept
    assert not _plan(stack)


def test_plan_says_what_it_cannot_recognise(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.put_size("large/a.png", **_older("large"))
    stack.put_size("theirs/a.png")
    assert not _plan(stack)
    told = capsys.readouterr().out
    assert "theirs/: 1 object, not ours, never touched\n" in told
    assert (
        "large/: 1 object, copies of sizes or a size dropped long ago, never touched: "
        "docs/operations.md#dropped-sizes\n"
    ) in told


def test_a_prefix_leaves_dropped_sizes_alone(stack: FakeStack) -> None:
    stack.put_size("20x/a.png", **_metadata("20x"))
    before = stack.there()
    assert not _prune(stack, "a")
    assert stack.there() == before


def test_orphans_stay_where_deletes_are_not_mirrored() -> None:
    """Dropped sizes go all the same."""
    stack = _stack(mirrors=False)
    stack.s3.delete_object(Bucket=ORIGINAL, Key="stays.png")
    kept = stack.there()
    stack.put_size("20x/a.png", **_metadata("20x"))
    asked = len(stack.function_calls.keys)
    assert not _prune(stack)
    assert stack.there() == kept
    assert len(stack.function_calls.keys) == asked


def test_orphans_are_left_to_the_function(stack: FakeStack) -> None:
    stack.upload("goes.png", b"A")
    stack.function_calls.work("goes.png")
    stack.s3.delete_object(Bucket=ORIGINAL, Key="goes.png")
    assert _prune(stack, yes=False)
    assert not _prune(stack)
    assert stack.function_calls.keys == ["goes.png"]
    assert stack.there() == {"9x/stays.png", "x9/stays.png"}


def test_nothing_is_removed_by_sizes_that_are_not_deployed(stack: FakeStack) -> None:
    """The deployed function would go on making what is dropped here."""
    before = stack.there()
    other = parse('{"sizes": ["9x"]}')
    with pytest.raises(DeploymentError, match="differs from what is deployed"):
        prune.run(stack, other, "", yes=True, as_json=False)
    assert stack.there() == before


NOW = '{"sizes": [{"geometry": "x9", "include": ["b/*"]}, "9x"%s]}'


def _changed(more: str, *, mirrors: bool = True) -> FakeStack:
    """Three images with 9x and x9, of which x9 is only for `b/*` by now."""
    before = _stack(mirrors=mirrors)
    for key in ("a.png", "b/b.png"):
        before.upload(key, b"A")
        before.function_calls.work(key)
    sizes = NOW % more
    stack = FakeStack(sizes, mirrors=mirrors)
    stack.s3.buckets.update(before.s3.buckets)
    config = ReconcileConfig(stack.store, parse(sizes), make_variants, mirrors)
    stack.function_calls.work = lambda key: reconcile(key, config, Report())
    return stack


def _planned(stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    plan.run(stack, parse(stack.variables["SIZES"]), "", as_json=True)
    document: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return document


@pytest.mark.parametrize("more", ["", ', "5x"'], ids=["alone", "beside-a-missing-one"])
def test_plan_and_prune_agree_on_sizes_that_a_path_no_longer_gets(
    more: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever else the key lacks."""
    stack = _changed(more)
    assert _planned(stack, capsys)["prune"] == {"objects": 2}
    sizes = parse(stack.variables["SIZES"])
    plan.run(stack, sizes, "", as_json=False)
    assert "original: 3 originals\n" in capsys.readouterr().out
    assert prune.run(stack, sizes, "", yes=True, as_json=True) is False
    told = json.loads(capsys.readouterr().out)
    assert told["orphans"] == ["x9/a.png", "x9/stays.png"]
    assert not {"x9/a.png", "x9/stays.png"} & stack.there()
    assert _planned(stack, capsys)["prune"] == {"objects": 0}


def test_a_backfill_says_what_goes_with_it(capsys: pytest.CaptureFixture[str]) -> None:
    stack = _changed(', "5x"')
    sizes = parse(stack.variables["SIZES"])
    backfill.run(stack, sizes, "", rate=9, as_job=False, dry_run=True, as_json=False)
    told = capsys.readouterr().out
    assert "a.png: not made yet (5x; removes x9)\n" in told
    assert "b/b.png: not made yet (5x)\n" in told


def test_orphans_that_stay_are_nothing_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where deletes are not mirrored; plan and prune say the same."""
    stack = _stack(mirrors=False)
    stack.put_size("9x/gone.png", **_metadata("9x"))
    assert _planned(stack, capsys)["prune"] == {"objects": 0}
    assert not _plan(stack)
    assert "orphans stay, as mirrorDeletes is off" in capsys.readouterr().out
    stack.put_size("20x/gone.png", **_metadata("20x"))
    assert _plan(stack)
    assert _prune(stack, yes=False)


def test_a_prefix_says_that_dropped_sizes_are_left_out(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.put_size("20x/holiday/a.png", **_metadata("20x"))
    assert not _prune(stack, "holiday/", yes=False)
    assert "Dropped sizes are not looked at with --prefix." in capsys.readouterr().err


def test_a_long_orphan_stops_no_other() -> None:
    """S3 refuses to look for its manifest: that key would be too long."""
    text = '{"sizes": ["9x", "x9"], "manifest": true}'
    stack, sizes = FakeStack(text), parse(text)
    config = ReconcileConfig(stack.store, sizes, make_variants)
    stack.function_calls.work = lambda key: reconcile(key, config, Report())
    stack.put_size("9x/" + "y" * 1_016)
    stack.put_size("x9/gone.png")
    assert not prune.run(stack, sizes, "", yes=True, as_json=False)
    assert stack.there() == set()


def test_whatever_lies_under_a_size_s_prefix_counts_as_a_variant(
    stack: FakeStack,
) -> None:
    """As docs/security.md says: whoever wrote it."""
    kept = stack.there()
    stack.put_size("9x/by somebody.png")
    stack.put_size("9x/stays.png")
    assert _prune(stack, yes=False)
    assert not _prune(stack)
    assert stack.there() == kept
    stack.function_calls.work("stays.png")
    replaced = stack.s3.current(RESIZED, "9x/stays.png")
    assert replaced
    assert replaced.metadata["prefix"] == "9x"


def test_what_a_size_called_manifest_left_is_not_found() -> None:
    """As docs/operations.md says."""
    text = '{"sizes": ["9x"], "manifest": true}'
    stack, sizes = FakeStack(text), parse(text)
    stack.put_size("manifest/a.png", **_metadata("manifest"))
    assert not prune.run(stack, sizes, "", yes=True, as_json=False)
    assert stack.there() == {"manifest/a.png"}
