"""While S3 is overloaded, a call is repeated for the time that is left; no longer."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from resize_on_upload import dependencies, handler
from resize_on_upload.delivery import handler as on_request
from resize_on_upload.errors import StoreUnavailable
from resize_on_upload.reconcile.report import Report
from resize_on_upload.storage import patience
from resize_on_upload.storage.overload import OVERLOADED
from resize_on_upload.storage.patience import Patience, patient
from resize_on_upload.storage.store import Store
from tests.support.fake_edge import serving
from tests.support.fake_s3 import FakeS3
from tests.support.fake_stack import FakeStack


@dataclass
class Clock:
    """Time that passes only while something waits, or calls S3 for 0.1 s."""

    total: float
    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    aws_request_id = "1"

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds

    def left(self) -> float:
        return self.total - self.now

    def get_remaining_time_in_millis(self) -> int:
        return int(self.left() * 1_000)


def _clock(monkeypatch: pytest.MonkeyPatch, total: float) -> Clock:
    clock = Clock(total)
    monkeypatch.setattr("time.sleep", clock.sleep)
    random.seed(7)
    return clock


def _error(code: str, status: int) -> ClientError:
    response: Any = {
        "Error": {"Code": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, "PutObject")


class Bucket:
    """Fails a number of times, then answers."""

    def __init__(self, clock: Clock, error: Exception, times: float) -> None:
        self._clock, self._error, self._times = clock, error, times
        self.calls: list[dict[str, Any]] = []

    def put_object(self, **call: Any) -> str:
        self.calls.append(call)
        self._clock.now += 0.1
        if len(self.calls) <= self._times:
            raise self._error
        return "stored"


def _put(clock: Clock, bucket: Bucket, report: Report) -> Any:
    client: Any = bucket
    calls = patient(client, Patience(clock.left, report.add_throttled))
    return calls.put_object(Bucket="b", Key="a.png", IfNoneMatch="*")


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("503", 503),
        ("500", 500),
        *((code, 400) for code in sorted(OVERLOADED | {"KMS.ThrottlingException"})),
    ],
)
def test_an_overloaded_s3_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, code: str, status: int
) -> None:
    clock, report = _clock(monkeypatch, 60), Report()
    bucket = Bucket(clock, _error(code, status), 5)
    assert _put(clock, bucket, report) == "stored"
    assert bucket.calls == [{"Bucket": "b", "Key": "a.png", "IfNoneMatch": "*"}] * 6
    assert report.throttled == 5
    assert report.milliseconds["throttled"] == pytest.approx(sum(clock.waits) * 1_000)


@pytest.mark.parametrize(
    "error",
    [
        *[_error("AccessDenied", 403), _error("NoSuchKey", 404), _error("404", 404)],
        *[_error("PreconditionFailed", 412), _error("InvalidObjectState", 403)],
        ConnectTimeoutError(endpoint_url="https://s3"),
    ],
    ids=repr,
)
def test_any_other_error_is_raised_at_once(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    clock, report = _clock(monkeypatch, 60), Report()
    bucket = Bucket(clock, error, 1)
    with pytest.raises(type(error)):
        _put(clock, bucket, report)
    assert (len(bucket.calls), clock.waits, report.throttled) == (1, [], 0)


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("seconds", [0, 0.4, 2, 57, 897])
def test_s3_that_stays_overloaded_costs_the_time_left_and_few_calls(
    monkeypatch: pytest.MonkeyPatch, seconds: float, seed: int
) -> None:
    """No busy loop: 57 seconds are a few tens of calls."""
    clock, report = _clock(monkeypatch, seconds), Report()
    random.seed(seed)
    bucket = Bucket(clock, _error("SlowDown", 503), float("inf"))
    with pytest.raises(ClientError, match="SlowDown"):
        _put(clock, bucket, report)
    assert clock.now <= seconds + 0.1  # the last call began in time
    assert clock.left() < 0.5 or seconds < 0.5
    assert len(bucket.calls) <= 20 + seconds / 2
    assert report.throttled == len(bucket.calls)
    assert all(wait <= patience.MAX_WAIT_SECONDS for wait in clock.waits)


def test_two_invocations_do_not_come_back_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waits = []
    for seed in (1, 2):
        clock = _clock(monkeypatch, 60)
        random.seed(seed)
        _put(clock, Bucket(clock, _error("SlowDown", 503), 4), Report())
        waits.append(clock.waits)
    assert not set(waits[0]) & set(waits[1])


def test_a_viewer_waits_two_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = _clock(monkeypatch, 30)
    stack = FakeStack('{"make": "request", "sizes": ["9x"]}')
    stack.upload("a.png", b"A")
    stack.s3.before = lambda *_: "503"
    with serving(stack):
        answer = on_request.handler({"rawPath": "/9x/a.png"}, clock)
    assert answer["statusCode"] == 503
    assert 0 < sum(clock.waits) <= on_request.MAX_THROTTLED_SECONDS


def test_a_key_of_a_batch_leaves_the_others_their_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One of ten keys gets a tenth of the time, and the last one all that is left."""
    clock = _clock(monkeypatch, 63)
    store = Store(FakeS3(before=lambda *_: "503").client, "o", "r", "1")
    monkeypatch.setattr(dependencies, "store", lambda: store)
    settings = type("Settings", (), {"metrics": "none"})
    monkeypatch.setattr(dependencies, "settings", settings)
    invocation = handler._Invocation(clock, 10)
    spent = []
    while invocation._keys_left:
        before = clock.now
        with pytest.raises(StoreUnavailable):
            invocation._store(Report()).head_original("a.png")
        spent.append(clock.now - before)
        invocation._keys_left -= 1
    share = 60 / 10
    assert spent[0] == pytest.approx(share - 3, abs=0.5)
    assert clock.left() >= handler.RESERVED_SECONDS
    assert all(one >= share - 3.5 for one in spent)
