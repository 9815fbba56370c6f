"""The commands, if some sizes are made on request."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.size import UPLOAD
from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.uploads import form_post
from tests.protocol.explorer import make_variants
from tests.support import images
from tests.support.fake_edge import serving
from tests.support.fake_stack import ORIGINAL, RESIZED, FakeStack, run_command

if TYPE_CHECKING:
    from pathlib import Path

SIZES = '{"sizes": ["9x", {"geometry": "5x", "make": "request"}]}'
CHANGED = '{"sizes": ["9x", {"geometry": "5x", "make": "request", "quality": 9}]}'
ALL_ON_REQUEST = '{"make": "request", "sizes": ["9x", "5x"]}'


def _stack(sizes: str = SIZES, before: FakeStack | None = None) -> FakeStack:
    """A deployment whose function works at once, with the content of another."""
    stack = FakeStack(sizes)
    if before:
        stack.s3.buckets.update(before.s3.buckets)
    config = ReconcileConfig(stack.store, stack.sizes, make_variants)
    stack.function_calls.work = lambda key: reconcile(key, config, Report())
    return stack


def _upload(stack: FakeStack, key: str, body: bytes = b"A") -> None:
    stack.upload(key, body)
    stack.function_calls.work(key)


def _view(stack: FakeStack, key: str) -> None:
    """Make what is made on request, as the on-request function does."""
    (size,) = (size for size in stack.sizes if size.name == "5x")
    wanted = (replace(size, make=UPLOAD),)
    reconcile(key, ReconcileConfig(stack.store, wanted, make_variants), Report())


def _plan(stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    run_command(stack, "plan --json")
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_variant_that_nobody_requested_is_not_missing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = _stack()
    _upload(stack, "a.png")
    assert run_command(stack, "plan") == 0
    printed = capsys.readouterr().out
    assert "made on request: 0 variants so far (5x)\n" in printed
    assert "Nothing to do." in printed
    assert run_command(stack, "backfill") == 0
    assert stack.function_calls.keys == []


def test_plan_counts_what_viewers_had_made(capsys: pytest.CaptureFixture[str]) -> None:
    stack = _stack()
    for key in ("a.png", "b.png"):
        _upload(stack, key)
    _view(stack, "a.png")
    assert run_command(stack, "plan") == 0
    assert "made on request: 1 variant so far (5x)\n" in capsys.readouterr().out
    (summary,) = _plan(stack, capsys)
    assert summary["on_request"] == {"sizes": ["5x"], "variants": 1}


def test_without_such_sizes_plan_does_not_mention_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_command(_stack('{"sizes": ["9x"]}'), "plan") == 0
    assert "request" not in capsys.readouterr().out


def test_a_backfill_deletes_a_stale_one(capsys: pytest.CaptureFixture[str]) -> None:
    """It does not make it again: that is left to the next viewer."""
    before = _stack()
    _upload(before, "a.png")
    _view(before, "a.png")
    stack = _stack(CHANGED, before)
    diff, summary = _plan(stack, capsys)
    assert (diff["state"], diff["sizes"], diff["deletes"]) == ("stale", ["5x"], ["5x"])
    assert summary["summary"]["stale"] == {"keys": 1, "sizes": 1, "bytes": 1}
    assert summary["prune"] == {"objects": 0}
    assert summary["backfill"]["dollars"] == 0
    assert run_command(stack, "plan") == 1
    printed = capsys.readouterr().out
    assert "stale: a.png: made by another recipe (removes 5x)\n" in printed
    assert run_command(stack, "backfill --dry-run --json") == 1
    listed = json.loads(capsys.readouterr().out)
    assert (listed["sizes"], listed["removes"]) == ([], ["5x"])
    assert run_command(stack, "backfill") == 0
    assert stack.resized_keys() == {"9x/a.png"}
    assert run_command(stack, "plan") == 0


def test_a_replaced_image_whose_event_was_lost(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = _stack()
    _upload(stack, "a.png")
    _view(stack, "a.png")
    stack.upload("a.png", b"B")
    assert run_command(stack, "plan") == 1
    printed = capsys.readouterr().out
    assert "stale: a.png: of another original (9x; removes 5x)\n" in printed
    assert run_command(stack, "backfill") == 0
    assert stack.resized_keys() == {"9x/a.png"}


def test_prune_keeps_them_and_deletes_those_of_deleted_images() -> None:
    stack = _stack()
    for key in ("stays.png", "goes.png"):
        _upload(stack, key)
        _view(stack, key)
    stack.s3.delete_object(Bucket=ORIGINAL, Key="goes.png")
    assert run_command(stack, "prune") == 1
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == {"9x/stays.png", "5x/stays.png"}


def test_an_expired_one_is_not_reported_as_expired(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = _stack()
    stack.outputs["ResizedExpirationDays"] = "1"
    _upload(stack, "a.png")
    assert run_command(stack, "plan") == 0
    assert "expired             0" in capsys.readouterr().out


@pytest.mark.parametrize("deployed", ['{"sizes": ["9x", "5x"]}', ALL_ON_REQUEST])
@pytest.mark.parametrize("command", ["backfill", "prune", "smoke"])
def test_when_a_size_is_made_must_be_deployed(deployed: str, command: str) -> None:
    """Otherwise a backfill would wait for what the function does not make."""
    with pytest.raises(UnfinishedError, match="differs from what is deployed"):
        run_command(_stack(deployed), command, sizes=SIZES)


def test_which_keys_get_a_size_must_be_deployed() -> None:
    """Likewise; the recipe of a size is the same for all keys."""
    only = '{"sizes": [{"geometry": "9x", "include": ["a/*"]}]}'
    with pytest.raises(UnfinishedError, match="differs from what is deployed"):
        run_command(_stack(only), "backfill", sizes='{"sizes": ["9x"]}')


@pytest.fixture
def photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file; `upload` only pretends to send it."""
    monkeypatch.setattr(form_post, "upload", lambda stack, key, *_: _upload(stack, key))
    file = tmp_path / "a+b.png"
    file.write_bytes(images.png(9, 9))
    return file


@pytest.mark.parametrize(
    ("sizes", "made"), [(SIZES, ["9x"]), (ALL_ON_REQUEST, [])], ids=["some", "all"]
)
def test_upload_does_not_wait_for_them(
    sizes: str, made: list[str], photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It prints their URLs; without delivery, only the objects that exist."""
    stack = _stack(sizes)
    objects = [f"s3://{RESIZED}/{name}/a+b.png" for name in made]
    assert run_command(stack, f"upload {photo} --json") == 0
    expected = {"version": 1, "kind": "upload", "key": "a+b.png", "state": "current"}
    expected |= {"code": None, "message": None, "rejected": None, "sizes": objects}
    expected |= {"file": str(photo), "uploaded": True}
    assert json.loads(capsys.readouterr().out) == expected
    with serving(stack):
        urls = {size.name: f"{stack.url}{size.name}/a%2Bb.png" for size in stack.sizes}
        assert run_command(stack, f"upload {photo} --json --force") == 0
        assert json.loads(capsys.readouterr().out) == expected | {"urls": urls}
        assert run_command(stack, f"upload {photo}") == 0
        assert capsys.readouterr().out.splitlines() == list(urls.values())
