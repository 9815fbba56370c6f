"""The commands, if sizes have formats: each sibling is a size like any other."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from tests.protocol.explorer import make_variants
from tests.support.fake_edge import serving
from tests.support.fake_stack import ORIGINAL, FakeStack, run_command

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

PLAIN = '{"sizes": ["9x"]}'
FORMATS = '{"sizes": [{"geometry": "9x", "formats": ["avif", "webp", "original"]}]}'
FEWER = '{"sizes": [{"geometry": "9x", "formats": ["webp", "original"]}]}'


def _stack(sizes: str, before: FakeStack | None = None) -> FakeStack:
    """A deployment whose function works at once, with the content of another."""
    stack = FakeStack(sizes)
    if before:
        stack.s3.buckets.update(before.s3.buckets)
    config = ReconcileConfig(stack.store, stack.sizes, make_variants)
    stack.function_calls.work = lambda key: reconcile(key, config, Report())
    return stack


def _uploaded(sizes: str) -> FakeStack:
    stack = _stack(sizes)
    stack.upload("a.png", b"A")
    stack.function_calls.work("a.png")
    return stack


def _json(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_formats_that_are_added_make_only_siblings(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What exists keeps its recipe and its bytes."""
    stack = _stack(FORMATS, _uploaded(PLAIN))
    assert run_command(stack, "plan --json") == 1
    diff, _ = _json(capsys)
    assert (diff["state"], diff["sizes"]) == ("missing", ["9x.avif", "9x.webp"])
    before = stack.s3.current("resized", "9x/a.png")
    assert run_command(stack, "backfill") == 0
    assert stack.resized_keys() == {"9x/a.png", "9x.avif/a.png", "9x.webp/a.png"}
    assert stack.s3.current("resized", "9x/a.png") == before
    assert run_command(stack, "plan") == 0


def test_a_format_that_is_dropped_is_pruned(capsys: pytest.CaptureFixture[str]) -> None:
    stack = _stack(FEWER, _uploaded(FORMATS))
    assert run_command(stack, "plan") == 1
    assert "9x.avif/: 1 object, variants of a dropped size" in capsys.readouterr().out
    assert run_command(stack, "prune --yes") == 0
    assert stack.resized_keys() == {"9x/a.png", "9x.webp/a.png"}


def test_siblings_are_deleted_with_their_original() -> None:
    stack = _uploaded(FORMATS)
    stack.s3.delete_object(Bucket=ORIGINAL, Key="a.png")
    stack.function_calls.work("a.png")
    assert stack.resized_keys() == set()


def test_urls_lists_every_sibling(capsys: pytest.CaptureFixture[str]) -> None:
    stack = _uploaded(FORMATS)
    with serving(stack):
        assert run_command(stack, "urls a.png --json") == 0
        names = [one["size"] for one in _json(capsys)]
    assert names == ["9x", "9x.avif", "9x.webp"]


def test_check_shows_what_formats_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sizes.json"
    file.write_text(FORMATS)
    assert run_command(_stack(PLAIN), f"check --sizes {file}") == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[:3] for row in rows] == [
        ["9x", "9x", "original"],
        ["9x.avif", "9x", "avif"],
        ["9x.webp", "9x", "webp"],
    ]
