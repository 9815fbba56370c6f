"""The list of keys for a job: complete, shuffled, and not kept in memory."""

from __future__ import annotations

import io
import os
import tracemalloc
from typing import TYPE_CHECKING
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cli.actions.batch import key_list

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pytest

KEYS = st.lists(st.text(st.characters(exclude_categories=["Cs"])), unique=True)


def _keys(lines: Iterable[bytes]) -> list[str]:
    return [unquote(line.decode().rstrip("\n").split(",", 1)[1]) for line in lines]


@given(KEYS)
def test_every_key_is_listed_once_and_can_be_read_back(keys: list[str]) -> None:
    with key_list.written("bucket", keys) as (file, number):
        lines = file.readlines()
    assert number == len(keys)
    assert all(line.startswith(b"bucket,") and line.isascii() for line in lines)
    assert not any(b"+" in line for line in lines)
    assert sorted(_keys(lines)) == sorted(keys)


def test_keys_of_one_prefix_are_not_next_to_each_other(tmp_path: Path) -> None:
    """Any thousand lines, as one job has running at a time, are of every prefix."""
    whole = io.BytesIO()
    keys = (f"photos/{number // 1_000:03}/{number}.jpg" for number in range(100_000))
    assert key_list.write("bucket", keys, whole, tmp_path) == 100_000
    listed = _keys(whole.getvalue().splitlines())
    for start in range(0, 100_000, 10_000):
        folders = {key.split("/")[1] for key in listed[start : start + 1_000]}
        assert len(folders) > 80
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_number_of_keys(tmp_path: Path) -> None:
    """Nor does the number of open files."""
    peaks = []
    for number in (50_000, 200_000):
        with (tmp_path / "list").open("w+b") as whole:
            tracemalloc.start()
            keys = (f"{'x' * 200}/{one}" for one in range(number))
            key_list.write("bucket", keys, whole, tmp_path)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
            assert whole.seek(0, os.SEEK_END) > number * 200
    assert peaks[1] < peaks[0] * 1.1 < 16_000_000


def test_temporary_files_are_on_a_disk(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The default one may be kept in memory; whoever sets TMPDIR decides."""
    monkeypatch.delenv("TMPDIR", raising=False)
    assert key_list._folder() == "/var/tmp"  # noqa: S108 - only its name
    monkeypatch.setattr(key_list, "_ON_DISK", tmp_path / "none")
    assert key_list._folder() is None
    monkeypatch.setattr(key_list, "_ON_DISK", tmp_path)
    assert key_list._folder() == str(tmp_path)
    monkeypatch.setenv("TMPDIR", "/elsewhere")
    assert key_list._folder() is None
