"""Long faults of S3, seen by the function: nothing is lost, and it ends in time."""

from __future__ import annotations

import random
from dataclasses import replace
from types import SimpleNamespace

import pytest

from resize_on_upload import dependencies, handler
from resize_on_upload.errors import Failed
from resize_on_upload.storage.store import Store
from tests.protocol.explorer import make_variants
from tests.support.fake_s3 import FakeS3
from tests.support.function_settings import SETTINGS
from tests.support.invocations import s3_record

ORIGINAL, RESIZED = "photos-original", "photos-resized"
TIMEOUT = 60
ATTEMPTS = 3
"""Lambda's, for one event."""


class Clock:
    """Time that passes only while the function waits, or calls S3 for 0.1 s."""

    aws_request_id = "1"

    def __init__(self) -> None:
        self.now, self.end = 0.0, float(TIMEOUT)

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def get_remaining_time_in_millis(self) -> int:
        return int((self.end - self.now) * 1_000)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.sleep", clock.sleep)
    random.seed(7)
    return clock


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    """Both buckets of the function."""
    s3 = FakeS3((ORIGINAL,))
    s3.create_bucket(ORIGINAL)
    s3.create_bucket(RESIZED)
    settings = replace(SETTINGS, metrics="none")
    sandbox = SimpleNamespace(
        pid=None,
        walls={},
        whole=None,
        make_variants=lambda body, sizes, _: make_variants(body, sizes),
    )
    store = Store(s3.client, ORIGINAL, RESIZED, "1")
    monkeypatch.setattr(dependencies, "settings", lambda: settings)
    monkeypatch.setattr(dependencies, "store", lambda: store)
    monkeypatch.setattr(dependencies, "sandbox", lambda: sandbox)
    return s3


def _attempt(clock: Clock, key: str = "a.png") -> bool:
    """Invoke the function once; return whether it succeeded."""
    clock.end = clock.now + TIMEOUT
    try:
        handler.handler({"Records": [s3_record(ORIGINAL, key)]}, clock)
    except Failed:
        return False
    return True


@pytest.mark.parametrize(
    ("seconds", "failed"), [(0, 0), (40, 0), (100, 1), (150, 2), (600, ATTEMPTS)]
)
def test_minutes_in_which_s3_refuses_every_call(
    clock: Clock, s3: FakeS3, seconds: int, failed: int
) -> None:
    """Two and a half are outlived; after more, the failed queue has the upload."""
    s3.put_object(Bucket=ORIGINAL, Key="a.png", Body=b"A")

    def refuse(*_: object) -> str | None:
        clock.now += 0.1
        return "503" if clock.now < seconds else None

    s3.before = refuse
    done: list[bool] = []
    while len(done) < ATTEMPTS and not any(done):
        done.append(_attempt(clock))
        assert clock.now <= clock.end
    assert done.count(False) == failed
    assert set(s3.buckets[RESIZED]) == ({"9x/a.png"} if any(done) else set())


def test_a_storm_of_versions_and_delete_markers(clock: Clock, s3: FakeS3) -> None:
    """Ten thousand versions of a key cost what one does; the newest decides."""
    calls: list[str] = []
    s3.before = lambda name, _: calls.append(name)
    counts = set()
    for number in range(5_000):
        s3.put_object(Bucket=ORIGINAL, Key="a.png", Body=b"%d" % number)
        s3.delete_object(Bucket=ORIGINAL, Key="a.png")
    for is_deleted in (False, True):
        s3.put_object(Bucket=ORIGINAL, Key="a.png", Body=b"last")
        if is_deleted:
            s3.delete_object(Bucket=ORIGINAL, Key="a.png")
        calls.clear()
        assert _attempt(clock)
        counts.add(len(calls))
        assert set(s3.buckets[RESIZED]) == (set() if is_deleted else {"9x/a.png"})
    assert max(counts) <= 10


@pytest.mark.parametrize("letter", ["k", "é"])
def test_a_key_as_long_as_s3_allows(clock: Clock, s3: FakeS3, letter: str) -> None:
    """The key of its variant would be longer: it is rejected, not retried."""
    key = letter * (1_024 // len(letter.encode()))
    s3.put_object(Bucket=ORIGINAL, Key=key, Body=b"A")
    records: list[dict[str, str]] = []
    queue = SimpleNamespace(send=records.append)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dependencies, "rejections", lambda: queue)
        assert _attempt(clock, key)
    assert [one["code"] for one in records] == ["key-too-long"]
    assert not s3.buckets[RESIZED]
