"""`prune`: what it deletes, and what it leaves alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from resize_on_upload.storage.overload import OVERLOADED
from resize_on_upload_cli.bulk import deletion
from resize_on_upload_cli.errors import UnfinishedError, UsageError
from tests.protocol.explorer import make_variants
from tests.support.fake_account import client_error
from tests.support.fake_stack import ORIGINAL, RESIZED, FakeStack, run_command

SIZES = '{"sizes": ["9x", "x9"]}'
ALL = parse(SIZES)


def _stack(*, mirrors: bool = True) -> FakeStack:
    """A deployment whose function works at once; one image is up to date."""
    stack = FakeStack(SIZES, mirrors=mirrors)
    config = ReconcileConfig(stack.store, ALL, make_variants, mirrors)
    stack.function_calls.work = lambda key: reconcile(key, config, Report())
    stack.upload("stays.png", b"A")
    stack.function_calls.work("stays.png")
    return stack


@pytest.fixture
def stack() -> FakeStack:
    return _stack()


def test_folder_markers_are_no_orphans(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """As the S3 console makes them, for a size and below it."""
    for marker in ("9x/", "9x/holiday/", "x9/holiday/"):
        stack.put_variant(marker)
    before = stack.resized_keys()
    assert run_command(stack, "plan") == 0
    assert "Nothing to do." in capsys.readouterr().out
    assert run_command(stack, "prune --yes") == 0
    assert capsys.readouterr().out == "Nothing to remove.\n"
    assert stack.resized_keys() == before


def _metadata(prefix: str, geometry: str = "20x") -> dict[str, str]:
    """The metadata that the function writes with a variant."""
    made = {"source": "v1", "recipe": "0" * 16, "geometry": geometry}
    return {**made, "width": "20", "height": "10", "prefix": prefix}


def _older(prefix: str, geometry: str = "20x") -> dict[str, str]:
    """The metadata that it wrote before it named the prefix."""
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
def test_variants_of_a_dropped_size_are_deleted(
    stack: FakeStack, target: str, metadata: dict[str, str]
) -> None:
    kept = stack.resized_keys()
    stack.put_variant(target, **metadata)
    assert run_command(stack, "plan") == 1
    assert run_command(stack, "prune") == 1
    assert stack.resized_keys() == {*kept, target}
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == kept
    assert run_command(stack, "plan") == 0


@pytest.mark.parametrize(
    ("target", "metadata"),
    [
        ("featured/a.png", _metadata("9x", "9x")),  # aws s3 cp keeps metadata
        ("featured/a.png", _older("9x", "9x")),
        ("featured/9x/a.png", _metadata("9x", "9x")),
        ("large/a.png", _older("large")),  # or a copy: both look the same
        ("20x/a.png", _metadata("9x", "20x")),
        ("manifest/a.png", _older("9x", "9x")),
        ("manifest/a.png.json", {}),
        ("20x/", {}),
        ("20x/a.png", {}),
        ("20x/a.png", {"geometry": "20x", "prefix": "20x"}),  # no recipe
        ("a.png", _metadata("a.png")),
    ],
)
def test_what_may_be_a_users_own_is_kept(
    stack: FakeStack, target: str, metadata: dict[str, str]
) -> None:
    stack.put_variant(target, **metadata)
    before = stack.resized_keys()
    assert run_command(stack, "plan") == 0
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == before


def test_only_variants_of_a_dropped_size_count(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its prefix also has a folder marker, a user's file and a copy."""
    kept = {"20x/", "20x/copy.png", "20x/readme.txt", *stack.resized_keys()}
    stack.put_variant("20x/")
    stack.put_variant("20x/copy.png", **_metadata("9x", "9x"))
    stack.put_variant("20x/readme.txt")
    stack.put_variant("20x/a.png", **_metadata("20x"))
    assert run_command(stack, "plan") == 1
    printed = capsys.readouterr().out
    assert "20x/: 4 objects, 1 of them variants of a dropped size" in printed
    assert "prune would delete 1 variant\n" in printed
    assert run_command(stack, "prune") == 1
    assert (
        "1 variant would be deleted; run it again with --yes to do so."
        in capsys.readouterr().out
    )
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == kept
    assert run_command(stack, "plan") == 0


def test_plan_separates_copies_from_other_objects(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.put_variant("large/a.png", **_older("large"))
    stack.put_variant("featured/a.png", **_metadata("9x", "9x"))
    stack.put_variant("other/a.png")
    assert run_command(stack, "plan") == 0
    printed = capsys.readouterr().out
    assert "featured/: 1 object, with copies of variants; left alone\n" in printed
    assert "other/: 1 object, not written by this pipeline; left alone\n" in printed
    assert (
        "large/: 1 object, copies of variants or an old dropped size; left alone, see "
        "docs/operations.md#dropped-sizes\n"
    ) in printed


def test_with_a_prefix_dropped_sizes_are_kept(stack: FakeStack) -> None:
    stack.put_variant("20x/a.png", **_metadata("20x"))
    before = stack.resized_keys()
    assert run_command(stack, "prune --yes --prefix a") == 0
    assert stack.resized_keys() == before


def test_orphans_are_kept_if_deletes_are_not_mirrored() -> None:
    """Dropped sizes are deleted all the same."""
    stack = _stack(mirrors=False)
    stack.s3.delete_object(Bucket=ORIGINAL, Key="stays.png")
    kept = stack.resized_keys()
    stack.put_variant("20x/a.png", **_metadata("20x"))
    asked = len(stack.function_calls.keys)
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == kept
    assert len(stack.function_calls.keys) == asked


def test_orphans_are_deleted_by_the_function(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.upload("goes.png", b"A")
    stack.function_calls.work("goes.png")
    stack.s3.delete_object(Bucket=ORIGINAL, Key="goes.png")
    assert run_command(stack, "prune") == 1
    assert run_command(stack, "prune --yes") == 0
    assert "Deleted 2 variants.\n" in capsys.readouterr().out
    assert stack.function_calls.keys == ["goes.png"]
    assert stack.resized_keys() == {"9x/stays.png", "x9/stays.png"}


def test_sizes_that_are_not_deployed_are_refused(stack: FakeStack) -> None:
    """The deployed function would make the dropped variants again."""
    before = stack.resized_keys()
    with pytest.raises(UnfinishedError, match="differs from what is deployed"):
        run_command(stack, "prune --yes", sizes='{"sizes": ["9x"]}')
    assert stack.resized_keys() == before


NOW = '{"sizes": [{"geometry": "x9", "include": ["b/*"]}, "9x"%s]}'


def _changed(more: str, *, mirrors: bool = True) -> FakeStack:
    """Three images with 9x and x9; now only `b/*` gets x9."""
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
    run_command(stack, "plan --json")
    document: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return document


@pytest.mark.parametrize("more", ["", ', "5x"'], ids=["alone", "with-a-missing-one"])
def test_plan_and_prune_agree_on_sizes_that_a_key_no_longer_gets(
    more: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether or not the key lacks another size."""
    stack = _changed(more)
    assert _planned(stack, capsys)["prune"] == {"objects": 2}
    run_command(stack, "plan")
    assert "original: 3 originals\n" in capsys.readouterr().out
    assert run_command(stack, "prune --yes --json") == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["orphans"] == ["x9/a.png", "x9/stays.png"]
    assert not {"x9/a.png", "x9/stays.png"} & stack.resized_keys()
    assert _planned(stack, capsys)["prune"] == {"objects": 0}


def test_a_backfill_reports_what_it_removes(capsys: pytest.CaptureFixture[str]) -> None:
    stack = _changed(', "5x"')
    run_command(stack, "backfill --dry-run")
    printed = capsys.readouterr().out
    assert "a.png: not made yet (5x; removes x9)\n" in printed
    assert "b/b.png: not made yet (5x)\n" in printed


def test_orphans_that_are_kept_are_nothing_to_do(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Plan and prune agree, if deletes are not mirrored."""
    stack = _stack(mirrors=False)
    stack.put_variant("9x/gone.png", **_metadata("9x"))
    assert _planned(stack, capsys)["prune"] == {"objects": 0}
    assert run_command(stack, "plan") == 0
    assert "orphans are kept because mirrorDeletes is off" in capsys.readouterr().out
    stack.put_variant("20x/gone.png", **_metadata("20x"))
    assert run_command(stack, "plan") == 1
    assert run_command(stack, "prune") == 1


def test_with_a_prefix_dropped_sizes_are_reported_as_left_out(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.put_variant("20x/holiday/a.png", **_metadata("20x"))
    assert run_command(stack, "prune --prefix holiday/") == 0
    assert "Dropped sizes are not searched with --prefix." in capsys.readouterr().err


def test_a_long_orphan_stops_no_other() -> None:
    """S3 refuses a HEAD of its manifest, whose key would be too long."""
    text = '{"sizes": ["9x", "x9"], "manifest": true}'
    stack, sizes = FakeStack(text), parse(text)
    config = ReconcileConfig(stack.store, sizes, make_variants)
    stack.function_calls.work = lambda key: reconcile(key, config, Report())
    stack.put_variant("9x/" + "y" * 1_016)
    stack.put_variant("x9/gone.png")
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == set()


def test_every_object_under_a_size_s_prefix_counts_as_a_variant(
    stack: FakeStack,
) -> None:
    """Whoever wrote it, as docs/security.md says."""
    kept = stack.resized_keys()
    stack.put_variant("9x/by a user.png")
    stack.put_variant("9x/stays.png")
    assert run_command(stack, "prune") == 1
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == kept
    stack.function_calls.work("stays.png")
    replaced = stack.s3.current(RESIZED, "9x/stays.png")
    assert replaced
    assert replaced.metadata["prefix"] == "9x"


def test_variants_of_a_size_called_manifest_are_not_found() -> None:
    """As docs/operations.md says."""
    stack = FakeStack('{"sizes": ["9x"], "manifest": true}')
    stack.put_variant("manifest/a.png", **_metadata("manifest"))
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == {"manifest/a.png"}


def _dropped(stack: FakeStack, *names: str) -> None:
    for name in names:
        stack.put_variant(name, **_metadata("20x"))


def test_a_dropped_size_is_deleted_by_few_calls(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 1,000 keys at most; a key that XML cannot express has its own."""
    monkeypatch.setattr(deletion, "_MAX_KEYS", 4)
    kept = stack.resized_keys()
    _dropped(stack, *(f"20x/{number}.png" for number in range(9)), "20x/\x07.png")
    calls, delete = list[int](), stack.s3.delete_objects

    def counted(**call: Any) -> dict[str, Any]:
        calls.append(len(call["Delete"]["Objects"]))
        assert all("\x07" not in one["Key"] for one in call["Delete"]["Objects"])
        return delete(**call)

    stack.s3.delete_objects = counted  # type: ignore[method-assign]
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == kept
    assert sorted(calls) == [2, 3, 4]


@pytest.mark.parametrize(
    ("fault", "message"),
    [("412", ""), ("403", "not deleted: 20x/b.png: injected (Acc")],
)
def test_what_is_not_deleted_is_left_and_an_error_is_printed(
    stack: FakeStack, capsys: pytest.CaptureFixture[str], fault: str, message: str
) -> None:
    _dropped(stack, "20x/a.png", "20x/b.png", "20x/c.png")

    def before(name: str, call: dict[str, Any]) -> str | None:
        return fault if (name, call["Key"]) == ("DeleteObject", "20x/b.png") else None

    stack.s3.before = before
    assert run_command(stack, "prune --yes") == 1
    printed = capsys.readouterr()
    assert "Deleted 2 of 3 variants; run it again for the rest." in printed.out
    assert message in printed.err
    assert bool(message) == bool(printed.err)


@pytest.mark.parametrize("key", [{}, {"Key": "another"}], ids=str)
def test_an_error_about_an_unknown_key_is_reported(
    stack: FakeStack, capsys: pytest.CaptureFixture[str], key: dict[str, str]
) -> None:
    _dropped(stack, "20x/a.png")
    answer = {"Errors": [{**key, "Code": "SlowDown", "Message": "why"}]}
    stack.s3.delete_objects = lambda **_: answer  # type: ignore[method-assign]
    assert run_command(stack, "prune --yes") == 1
    assert "why (SlowDown)" in capsys.readouterr().err


@pytest.mark.parametrize("code", sorted(OVERLOADED))
def test_what_an_overloaded_s3_refuses_is_tried_again(
    stack: FakeStack, code: str
) -> None:
    _dropped(stack, "20x/a.png")
    codes = [code]
    delete = stack.s3.delete_objects

    def refuse_first(**call: Any) -> dict[str, Any]:
        if not codes:
            return delete(**call)
        return {"Errors": [{"Key": "20x/a.png", "Code": codes.pop()}]}

    stack.s3.delete_objects = refuse_first  # type: ignore[method-assign]
    assert run_command(stack, "prune --yes") == 0
    assert "20x/a.png" not in stack.resized_keys()
    assert not codes


def test_what_s3_cannot_delete_now_is_tried_again(stack: FakeStack) -> None:
    _dropped(stack, "20x/a.png", "20x/b.png")
    faults = ["503"] * 3

    def before(name: str, _: dict[str, Any]) -> str | None:
        return faults.pop() if name == "DeleteObject" and faults else None

    stack.s3.before = before
    kept = stack.resized_keys() - {"20x/a.png", "20x/b.png"}
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == kept
    assert not faults


OWN = {"ID": "Expire", "Status": "Enabled", "Prefix": "", "Expiration": {"Days": 9}}
EXPECTED = {
    "ID": "resize-on-upload-dropped-20x",
    "Status": "Enabled",
    "Filter": {"Prefix": "20x/"},
    "Expiration": {"Days": 1},
}


def _rules(stack: FakeStack) -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = stack.s3.lifecycles.get(RESIZED, {}).get("Rules", [])
    return rules


@pytest.mark.parametrize("own", [[], [OWN]], ids=["alone", "next to another"])
def test_s3_deletes_a_dropped_size_by_a_rule_that_is_removed_in_the_end(
    stack: FakeStack, capsys: pytest.CaptureFixture[str], own: list[dict[str, Any]]
) -> None:
    """Rules of others stay, in the newer form, with what else belongs to them."""
    if own:
        size = {"TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}
        stack.s3.lifecycles[RESIZED] = {"Rules": own, **size}
    others = [{**one, "Filter": {"Prefix": ""}} for one in own]
    others = [{k: v for k, v in one.items() if k != "Prefix"} for one in others]
    kept = stack.resized_keys()
    _dropped(stack, "20x/a.png", "20x/b.png")
    assert run_command(stack, "prune --expire") == 1
    printed = capsys.readouterr().out
    assert json.dumps(EXPECTED) in printed
    assert "2 variants would be deleted; run it again with --yes" in printed
    assert _rules(stack) == own
    for _ in range(2):
        assert run_command(stack, "prune --expire --yes") == 0
        assert "S3 deletes 2 variants within two days." in capsys.readouterr().out
        assert _rules(stack) == [*others, EXPECTED]
    if own:
        assert stack.s3.lifecycles[RESIZED].keys() == {"Rules", *size}
    assert stack.resized_keys() > kept
    for key in stack.resized_keys() - kept:
        del stack.s3.buckets[RESIZED][key]
    assert run_command(stack, "prune --expire --yes") == 0
    assert "20x/: removed its lifecycle rule." in capsys.readouterr().err
    assert _rules(stack) == others


def test_a_rule_would_delete_the_objects_of_others_too(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """So there is none, and the variants are deleted as usual."""
    _dropped(stack, "20x/a.png", "30x/b.png")
    stack.put_variant("20x/readme.txt")
    stack.put_variant("30x/b.png", **_metadata("30x"))
    assert run_command(stack, "prune --expire --yes --json") == 0
    assert "20x/readme.txt" in stack.resized_keys()
    assert "20x/a.png" not in stack.resized_keys()
    assert [one["Filter"]["Prefix"] for one in _rules(stack)] == ["30x/"]
    line = json.loads(capsys.readouterr().out)
    assert (line["dropped"], line["expiring"]) == ({"20x/": 1}, {"30x/": 1})
    assert line["left"] == 0


def test_a_size_that_is_configured_again_must_not_expire(stack: FakeStack) -> None:
    """Backfill refuses; prune removes the rule."""
    again = {**EXPECTED, "ID": "resize-on-upload-dropped-9x"}
    again["Filter"] = {"Prefix": "9x/"}
    stack.s3.lifecycles[RESIZED] = {"Rules": [again]}
    with pytest.raises(UnfinishedError, match="deletes all that is below 9x/"):
        run_command(stack, "backfill")
    assert run_command(stack, "prune --expire --yes") == 0
    assert _rules(stack) == []
    assert run_command(stack, "backfill") == 0


@pytest.mark.parametrize(
    ("name", "when"),
    [("9x", ""), ("30x", " right after the next `cdk deploy`"), ("20x", None)],
)
def test_plan_warns_of_a_rule_about_a_size_that_is_configured_again(
    stack: FakeStack,
    capsys: pytest.CaptureFixture[str],
    name: str,
    when: str | None,
) -> None:
    """Before its deployment, too, which cannot see the rule."""
    rule = {**EXPECTED, "ID": f"resize-on-upload-dropped-{name}"}
    rule["Filter"] = {"Prefix": f"{name}/"}
    stack.s3.lifecycles[RESIZED] = {"Rules": [rule]}
    run_command(stack, "plan", '{"sizes": ["9x", "30x"]}' if name == "30x" else None)
    warning = (
        f"S3 deletes every variant below {name}/ a day after it was made, as this size "
        "was dropped before: remove its lifecycle rule with `resize-on-upload prune "
        f"--expire --yes`{when}."
    )
    assert (warning in capsys.readouterr().err) is (when is not None)


def test_plan_is_silent_about_rules_that_it_may_not_see(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = client_error("AccessDenied")

    def refuse(**_: str) -> None:
        raise refused

    stack.s3.get_bucket_lifecycle_configuration = refuse  # type: ignore[assignment]
    assert run_command(stack, "plan") == 0
    assert capsys.readouterr().err == ""


_AND = {"And": {"Prefix": "9x/", "ObjectSizeGreaterThan": 1}}


@pytest.mark.parametrize(
    "change",
    [
        {"Filter": _AND},
        {"Filter": {}},
        {"Filter": {"Prefix": ""}},
        {"Filter": {"Prefix": "x9/"}},
        {"Filter": {"Tag": {"Key": "a", "Value": "b"}}},
        {"Status": "Disabled"},
        {"ID": "Expire"},
    ],
    ids=json.dumps,
)
def test_a_rule_that_someone_has_changed_is_left_to_them(
    stack: FakeStack, change: dict[str, Any]
) -> None:
    """It does not delete what a backfill makes, or is not known to."""
    changed = {**EXPECTED, "ID": "resize-on-upload-dropped-9x"}
    changed |= {"Filter": {"Prefix": "9x/"}, **change}
    stack.s3.lifecycles[RESIZED] = {"Rules": [changed]}
    _dropped(stack, "20x/a.png")
    assert run_command(stack, "backfill") == 0
    assert run_command(stack, "prune --expire --yes") == 0
    kept = [] if "Status" in change else [changed]
    assert _rules(stack) == [*kept, EXPECTED]


def test_a_size_whose_name_begins_with_that_of_a_dropped_one_stays() -> None:
    """Of `15` and `150x`, a rule is about `15/` only."""
    stack = FakeStack('{"sizes": ["150x"]}')
    stack.put_variant("15/a.png", **_metadata("15"))
    stack.put_variant("150x/a.png", **_metadata("150x"))
    assert run_command(stack, "prune --expire --yes") == 1  # its original is gone
    assert [one["Filter"] for one in _rules(stack)] == [{"Prefix": "15/"}]


def test_expire_is_not_for_a_prefix(stack: FakeStack) -> None:
    with pytest.raises(UsageError, match="--expire is for dropped sizes"):
        run_command(stack, "prune --expire --prefix a")
