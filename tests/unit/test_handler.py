"""The handler's own decisions: what is answered, what is raised, what comes again."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload import handler
from resize_on_upload.errors import DecodeTimeout, Failed
from resize_on_upload.settings import Settings
from resize_on_upload.sizes import parse
from resize_on_upload.store import Original

if TYPE_CHECKING:
    from collections.abc import Iterator

OURS = Settings(
    "photos-original", "photos-resized", "1", parse('{"sizes": ["9x"]}'), 1_769
)


class Clock:
    """Lambda's context: what is left of the invocation, in milliseconds."""

    aws_request_id = "1"

    def __init__(self, *left: int) -> None:
        self._left: Iterator[int] = iter(left)

    def get_remaining_time_in_millis(self) -> int:
        return next(self._left)


def _never(blob: bytes, **_: Any) -> Any:
    msg = f"{blob!r} took too long"
    raise DecodeTimeout(msg)


@pytest.fixture(autouse=True)
def _slow_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    store = SimpleNamespace(read=lambda key: Original(key, None, b"x"))
    monkeypatch.setattr(handler, "_settings", lambda: OURS)
    monkeypatch.setattr(handler, "_store", lambda: store)
    monkeypatch.setattr(handler, "_sandbox", lambda: SimpleNamespace(derive=_never))


EVENT = {
    "Records": [
        {
            "eventSource": "aws:s3",
            "eventName": "ObjectCreated:Put",
            "s3": {"bucket": {"name": "photos-original"}, "object": {"key": "a.png"}},
        }
    ]
}


@pytest.mark.parametrize("timeout", [60_000, 10_000])
def test_a_picture_that_had_its_time_is_rejected(timeout: int) -> None:
    """The whole limit, or all that any invocation has: another one helps nobody."""
    answer = handler.handler(EVENT, Clock(timeout, timeout))
    assert answer == {"uploads": 1, "rejected": 1}


def test_a_picture_that_had_too_little_time_comes_again() -> None:
    """Behind others in a batch: not its fault."""
    with pytest.raises(Failed, match="comes again"):
        handler.handler(EVENT, Clock(60_000, 12_000))
