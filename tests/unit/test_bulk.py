"""Many calls: their rate, how many are made at once, and what keeps the keys."""

from __future__ import annotations

import os
import resource
import signal
import tempfile
import threading
import tracemalloc
from contextlib import contextmanager
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.storage.overload import OVERLOADED
from resize_on_upload_cli.actions.batch import key_list
from resize_on_upload_cli.bulk import paced_calls
from resize_on_upload_cli.bulk.paced_calls import MAX_IN_FLIGHT, PacedCalls
from resize_on_upload_cli.bulk.spool import Spool
from resize_on_upload_cli.bulk.token_bucket import TokenBucket
from resize_on_upload_cli.errors import UsageError
from tests.support.fake_account import client_error
from tests.support.fake_sqs import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@given(
    rate=st.sampled_from([0.5, 1, 20, 1_000]),
    pauses=st.lists(st.sampled_from([0.0, 0.01, 0.3, 5.0]), max_size=60),
)
def test_no_more_tokens_than_the_rate_and_a_second_of_it(
    rate: float, pauses: list[float]
) -> None:
    """Whatever its user does between them; and a busy user gets the whole rate."""
    clock = Clock()
    bucket, began = TokenBucket(rate, clock.for_commands()), clock.now
    for number, pause in enumerate(pauses, start=1):
        bucket.take()
        assert number <= 1 + rate * (clock.now - began) + max(1.0, rate) + 1e-6
        clock.sleep(pause)
    if not any(pauses):
        assert clock.now - began <= len(pauses) / rate


def test_a_throttled_rate_is_halved_and_recovers_within_minutes() -> None:
    clock = Clock()
    bucket = TokenBucket(400, clock.for_commands())
    bucket.take()
    assert bucket.slow_down()
    assert bucket.rate == 200
    assert not bucket.slow_down()  # of a call that was made at the same time
    assert bucket.rate == 200
    for _ in range(40):
        clock.sleep(60)
        bucket.slow_down()
    assert bucket.rate == 1
    began = clock.now
    while bucket.rate < 400:
        bucket.take()
    assert 40 < clock.now - began < 180


def test_a_slow_rate_is_not_raised_by_throttling() -> None:
    bucket = TokenBucket(0.1, Clock().for_commands())
    assert bucket.slow_down()
    assert bucket.rate == 0.1


def test_calls_are_made_side_by_side_but_not_too_many() -> None:
    """Items are drawn only as calls end: their number may be any."""
    drawn, done = list[int](), threading.Semaphore(0)

    def items() -> Iterator[int]:
        for number in range(1, 1_000):
            drawn.append(number)
            yield number

    def call(number: int) -> None:
        """Let the first one end after all others that are begun with it."""
        if number > 1:
            done.release()
            return
        for _ in range(MAX_IN_FLIGHT - 1):
            assert done.acquire(timeout=60)

    accepted = PacedCalls[int](call, 1e6, Clock().for_commands()).run(items())
    assert next(accepted) == 1
    assert len(drawn) == MAX_IN_FLIGHT
    assert [1, *accepted] == [*range(1, 1_000)]


def test_a_call_that_is_always_throttled_fails_in_the_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()

    refusal = client_error("TooManyRequestsException", "Invoke")

    def throttled(_: int) -> None:
        raise refusal

    calls, began = PacedCalls[int](throttled, 20, clock.for_commands()), clock.now
    with pytest.raises(Exception, match="TooManyRequests"):
        [*calls.run([1])]
    assert paced_calls.THROTTLED_SECONDS < clock.now - began < 240
    assert len(capsys.readouterr().err.splitlines()) < 12


@pytest.mark.parametrize(
    "code", sorted(OVERLOADED | {"TooManyRequestsException", "429"})
)
def test_a_throttled_call_is_made_again(code: str) -> None:
    refusals = [client_error(code, "Invoke")]

    def call(_: int) -> None:
        if refusals:
            raise refusals.pop()

    assert [*PacedCalls[int](call, 20, Clock().for_commands()).run([1, 2])] == [1, 2]


@given(st.lists(st.text()))
def test_a_spool_keeps_any_key(keys: list[str]) -> None:
    spool = Spool(keys)
    assert len(spool) == len(keys)
    assert [*spool] == [*spool] == keys


def test_a_spool_can_grow_while_it_is_read() -> None:
    spool = Spool(["a" * 70_000, "b", "c" * 70_000])
    read = iter(spool)
    first = next(read)
    spool.append("d")
    assert [first, *read] == [*spool]
    assert [one[0] for one in spool] == ["a", "b", "c", "d"]


@contextmanager
def _little_room(folder: Path) -> Iterator[None]:
    """Files of a process may grow to 1 MB, whatever the disk has."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        with patch.dict(os.environ, {"TMPDIR": str(folder)}):
            tempfile.tempdir = None
            yield
    finally:
        tempfile.tempdir = None
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)


def _spooled(keys: Iterator[str]) -> int:
    return sum(map(len, Spool(keys)))


def _listed(keys: Iterator[str]) -> int:
    with key_list.written("b", keys) as (_, number):
        return number


@pytest.mark.parametrize("keep", [_spooled, _listed])
def test_a_full_disk_is_explained(
    keep: Callable[[Iterator[str]], int], tmp_path: Path
) -> None:
    """And nothing is left there, nor printed when the file is closed."""
    keys = (f"{number:>1000}" for number in range(3_000))
    with _little_room(tmp_path), pytest.raises(UsageError) as caught:
        keep(keys)
    assert f"cannot be kept in {tmp_path} (File too large): " in str(caught.value)
    assert "set TMPDIR" in str(caught.value)
    assert not [*tmp_path.iterdir()]


def test_a_spool_needs_no_memory_for_its_items() -> None:
    """10 MB of keys, of which it holds one."""
    tracemalloc.start()
    spool = Spool(f"{number:>1000}" for number in range(10_000))
    assert sum(1 for _ in spool) == 10_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3_000_000
