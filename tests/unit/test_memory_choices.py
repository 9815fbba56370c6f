"""`estimate` recommends a memory size: by cost, by time, and what images need."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cli.costs import upload_cost
from resize_on_upload_cli.engine import cores
from resize_on_upload_cli.engine.cores import Decoder, decoders
from resize_on_upload_cli.estimates import memory
from resize_on_upload_cli.estimates.memory import MemoryChoice, Needs, choices
from tests.support import imagemagick, images
from tests.support.fake_stack import FakeStack, run_command

if TYPE_CHECKING:
    from collections.abc import Callable

NEEDS = Needs(
    one_core_ms=1_000, two_cores_ms=600, variants=3, looked_for=0, pixels=9, peak_mb=90
)
TWO = len(os.sched_getaffinity(0)) > 1 if hasattr(os, "sched_getaffinity") else False
needs_two_cores = pytest.mark.skipif(not TWO, reason="this machine has one core")
ANY = st.builds(
    Needs,
    one_core_ms=st.floats(1, 30_000),
    two_cores_ms=st.none() | st.floats(1, 30_000),
    variants=st.floats(0, 50),
    looked_for=st.floats(0, 50),
    pixels=st.integers(1, 50_000_000),
    peak_mb=st.floats(0, 4_000),
)


def _by_memory(needs: Needs) -> dict[int, MemoryChoice]:
    return {choice.memory: choice for choice in choices(needs)}


def _which(needs: Needs, has: Callable[[MemoryChoice], bool]) -> list[int]:
    return [choice.memory for choice in choices(needs) if has(choice)]


def test_time_depends_on_the_share_of_a_core_and_on_the_second_core() -> None:
    """In between, the part that a second core shortens takes its share of both."""
    seconds = {size: one.seconds for size, one in _by_memory(NEEDS).items()}
    assert seconds[1_769] == pytest.approx(1.0 + 0.01 + 0.07)
    assert seconds[512] == pytest.approx(1.01 * 1_769 / 512 + 0.07)
    assert seconds[3_538] == pytest.approx(0.6 + 0.01 + 0.07)
    alone = 0.2  # the part that is not shortened: 1.0 = a + b, 0.6 = a + b / 2
    assert seconds[2_560] == pytest.approx(alone + 0.8 * 1_769 / 2_560 + 0.01 + 0.07)


def test_cost_is_that_of_the_uploads() -> None:
    choice = _by_memory(NEEDS)[1_024]
    alone = upload_cost.compute_dollars(choice.seconds, 1_024)
    assert choice.dollars == pytest.approx(alone + upload_cost.request_dollars(3))


@pytest.mark.parametrize(
    ("needs", "cheapest", "fastest"),
    [
        (NEEDS, 512, 3_538),
        # Without a second core, more than one is paid for in vain.
        (replace(NEEDS, two_cores_ms=None), 512, 1_769),
        (replace(NEEDS, two_cores_ms=1_000), 512, 1_769),
        # Waiting for S3 takes the most, whatever the memory is.
        (replace(NEEDS, one_core_ms=1, two_cores_ms=1), 512, 1_024),
        # Twice the cores would cost 1.6 times as much.
        (replace(NEEDS, variants=0, one_core_ms=9_000, two_cores_ms=7_000), 512, 2_560),
        # Too many megapixels for the smallest, too much memory for most.
        (replace(NEEDS, pixels=15_000_000), 1_024, 3_538),
        (replace(NEEDS, peak_mb=1_500), 2_560, 3_538),
        (replace(NEEDS, peak_mb=9_999), None, None),
    ],
    ids=["two", "one", "useless", "small", "dear", "pixels", "memory", "nothing"],
)
def test_what_is_recommended(
    needs: Needs, cheapest: int | None, fastest: int | None
) -> None:
    assert _which(needs, lambda one: one.cheapest) == [cheapest] * bool(cheapest)
    assert _which(needs, lambda one: one.fastest) == [fastest] * bool(fastest)


@given(ANY)
def test_recommendations_hold_for_all_images(needs: Needs) -> None:
    found = choices(needs)
    fitting = [one for one in found if one.fits]
    cheapest = [one for one in found if one.cheapest]
    fastest = [one for one in found if one.fastest]
    assert len(cheapest) == len(fastest) == bool(fitting)
    for one in (*cheapest, *fastest):
        assert one.fits
    for one, other in zip(cheapest, fastest, strict=True):
        assert one.dollars == min(each.dollars for each in fitting)
        assert other.seconds <= one.seconds * 1.1
        assert other.dollars <= 1.5 * one.dollars
    seconds = [one.seconds for one in found]
    assert seconds == sorted(seconds, reverse=True)  # more memory is never slower


def _files(tmp_path: Path) -> tuple[Path, Path]:
    photo, sizes = tmp_path / "photo.jpg", tmp_path / "sizes.json"
    source = ["-size", "900x600", "plasma:navy-gold", "jpeg:-"]
    photo.write_bytes(imagemagick.run(source, b""))
    sizes.write_text('{"sizes": ["640x", "320x"], "formats": ["webp", "original"]}')
    return photo, sizes


def test_the_command_recommends_in_sentences_and_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, sizes = _files(tmp_path)
    stack = FakeStack(sizes.read_text())
    command = f"estimate {photo} --sizes {sizes}"
    assert run_command(stack, f"{command} --json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["memory"] for row in rows] == list(memory.SIZES)
    assert all(row["fits"] for row in rows)
    assert [row["max_megapixels"] for row in rows][:2] == [14.545454, 37.818181]
    assert sum(row["cheapest"] for row in rows) == 1
    assert sum(row["fastest_within_reason"] for row in rows) == 1
    assert run_command(stack, command) == 0
    printed = capsys.readouterr().out
    assert "heapest" in printed
    assert "cdk deploy -c memorySize=" in printed
    assert max(map(len, printed.splitlines())) <= 110


def test_too_small_memory_sizes_are_marked(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo, sizes = _files(tmp_path)
    monkeypatch.setattr(cores, "decoder_peak_mb", lambda _: 1_500)
    command = f"estimate {photo} --sizes {sizes}"
    assert run_command(FakeStack(sizes.read_text()), command) == 0
    assert capsys.readouterr().out.count("too small") == 4
    monkeypatch.setattr(cores, "decoder_peak_mb", lambda _: 9_999)
    assert run_command(FakeStack(sizes.read_text()), command) == 0
    assert "No memory size in the table fits" in capsys.readouterr().out


@needs_two_cores
def test_each_decoder_runs_on_its_cores() -> None:
    """All its threads do, those that it starts later, too."""
    sizes = FakeStack('{"sizes": ["9x"]}').sizes
    with decoders() as (one, two):
        assert two
        for number, decoder in enumerate((one, two), start=1):
            decoder.make_variants(images.png(20, 10), sizes)
            assert decoder.peak_mb > 20
            assert _cores_of(decoder) == number
        one._sandbox.close()  # as if an image had killed it
        one.make_variants(images.png(20, 10), sizes)
        assert _cores_of(one) == 1


def _cores_of(decoder: Decoder) -> int:
    threads = Path(f"/proc/{decoder._sandbox.pid}/task").iterdir()
    (number,) = {len(os.sched_getaffinity(int(thread.name))) for thread in threads}
    return number


def test_one_core_alone_is_measured_where_two_cannot_be(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo, sizes = _files(tmp_path)
    monkeypatch.setattr(cores, "_has_two", lambda: False)
    stack, command = FakeStack(sizes.read_text()), f"estimate {photo} --sizes {sizes}"
    assert run_command(stack, command) == 0
    assert "More than one core could not be measured here." in capsys.readouterr().out
