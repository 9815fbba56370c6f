"""Waiting for dispatched keys: what is reported meanwhile, and when it ends."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from local.http_server import LoopbackServer
from resize_on_upload.events.envelopes import reconcile_event
from resize_on_upload.reconcile.recipe import combined_recipe, recipe_of
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli.actions import dispatcher
from resize_on_upload_cli.actions.dispatcher import Dispatcher
from resize_on_upload_cli.bulk import paced_calls, watched_keys
from resize_on_upload_cli.bulk.watched_keys import TIMEOUT_SECONDS
from resize_on_upload_cli.compare.diff import BucketDiff
from tests.support.fake_account import client_error
from tests.support.fake_stack import FAILED, ORIGINAL, REJECTED, FakeStack

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = '{"sizes": ["9x"]}'
ALL = parse(SIZES)


@pytest.fixture
def stack() -> FakeStack:
    """Two originals without variants, and a function that does nothing."""
    stack = FakeStack(SIZES)
    stack.upload("a.png")
    stack.upload("b\x1b[2K.png")
    return stack


def _make(stack: FakeStack) -> Callable[[str], None]:
    def make(key: str) -> None:
        source = stack.store.head_original(key) or ""
        made_by = recipe_of(ALL[0], ALL)
        stack.put_variant(ALL[0].variant_key(key), source=source, recipe=made_by)

    return make


def _fail(stack: FakeStack, key: str) -> None:
    event = reconcile_event(ORIGINAL, key)
    stack.sqs.send(FAILED, {"requestPayload": event, "responsePayload": {}})


def _dispatch(stack: FakeStack) -> tuple[list[str], float]:
    """Return the keys left, and the seconds it took."""
    began, keys = stack.clock.monotonic(), ["a.png", "b\x1b[2K.png"]
    dispatched = Dispatcher(BucketDiff(stack, ALL), 20.0, len(keys))
    return list(dispatched.run(keys)), stack.clock.monotonic() - began


def test_keys_that_are_done_are_not_reported(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.function_calls.work = _make(stack)
    left, seconds = _dispatch(stack)
    assert left == []
    assert seconds < 3
    assert capsys.readouterr().err == ""


def test_a_wait_reports_for_what_and_until_when(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, after a few seconds; keys cannot control the terminal."""
    began, notes = stack.clock.monotonic(), list[tuple[float, str]]()
    monkeypatch.setattr(
        "resize_on_upload_cli.terminal.say",
        lambda text: notes.append((stack.clock.monotonic() - began, text)),
    )
    left, seconds = _dispatch(stack)
    assert left == ["a.png", "b\x1b[2K.png"]
    assert TIMEOUT_SECONDS <= seconds < TIMEOUT_SECONDS + 15
    ((after, text),) = notes
    assert 5 <= after < 15
    assert text.startswith("Waiting for 2 keys, until ")
    assert text.endswith(": a.png, b\x1b[2K.png")


def test_pending_keys_are_limited_and_counted(
    stack: FakeStack,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A full queue of pending keys stops the dispatching until one is done."""
    monkeypatch.setattr(watched_keys, "MAX_PENDING", 5)
    monkeypatch.setattr(paced_calls, "MAX_IN_FLIGHT", 2)
    keys = [f"{number}.png" for number in range(12)]
    for key in keys:
        stack.upload(key)
    many = Dispatcher(BucketDiff(stack, ALL), 20.0, len(keys))
    assert list(many.run(keys)) == keys
    assert 5 <= len(stack.function_calls.keys) <= 8
    notes = capsys.readouterr().err.splitlines()
    assert notes[0].startswith("Waiting for 5 keys, until ")
    assert notes[0].endswith(": 0.png, 1.png, 2.png and 2 more")


def test_failed_keys_are_not_waited_for(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda has given up. Earlier failures of the same key do not count."""
    _fail(stack, "a.png")
    stack.clock.sleep(1)
    stack.function_calls.work = lambda key: (
        _fail(stack, key) if key != "a.png" else None
    )
    left, seconds = _dispatch(stack)
    assert left == ["b\x1b[2K.png", "a.png"]
    assert seconds >= TIMEOUT_SECONDS
    notes = capsys.readouterr().err
    assert "1 key is in the failed queue now: b\\x1b[2K.png" in notes
    assert "Waiting for 1 key, until " in notes
    stack.function_calls.work = lambda key: _fail(stack, key)
    left, seconds = _dispatch(stack)
    assert sorted(left) == ["a.png", "b\x1b[2K.png"]
    assert seconds < 10


def test_rejected_keys_are_done(stack: FakeStack) -> None:
    def reject(key: str) -> None:
        record = {
            "source": stack.store.head_original(key),
            "recipes": combined_recipe(ALL),
        }
        stack.sqs.send(REJECTED, record | {"key": key, "code": "corrupt"})

    stack.function_calls.work = reject
    left, seconds = _dispatch(stack)
    assert left == []
    assert seconds < 10


def _stack_of(number: int) -> tuple[FakeStack, list[str]]:
    stack = FakeStack(SIZES)
    keys = [f"{one:04}.png" for one in range(number)]
    for key in keys:
        stack.upload(key)
    return stack, keys


def test_a_sample_is_watched_at_a_high_rate_and_the_rest_is_looked_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is left is exact, though two keys of three have been looked at once."""
    stack, keys = _stack_of(300)
    make, undone = _make(stack), {"0007.png", "0150.png", "0298.png"}
    stack.function_calls.work = lambda key: None if key in undone else make(key)
    looked_at: list[str] = []
    compare = BucketDiff.compare

    def counted(self: BucketDiff, key: str) -> object:
        looked_at.append(key)
        return compare(self, key)

    monkeypatch.setattr(BucketDiff, "compare", counted)
    many = Dispatcher(BucketDiff(stack, ALL), 1_000.0, len(keys))
    assert sorted(many.run(keys)) == sorted(undone)
    assert sorted(stack.function_calls.keys) == keys
    once = [key for key in keys if key not in undone]
    assert all(looked_at.count(key) <= 2 for key in once)
    assert {*looked_at} == {*keys}


def test_one_poll_looks_at_some_keys_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that have waited for longest; then the others have their turn."""
    stack, keys = _stack_of(25)
    monkeypatch.setattr(watched_keys, "_MAX_LOOKED_AT", 10)
    stuck, make = keys[:12], _make(stack)
    stack.function_calls.work = lambda key: None if key in stuck else make(key)
    many = Dispatcher(BucketDiff(stack, ALL), 20.0, len(keys))
    assert sorted(many.run(keys)) == stuck


def test_throttled_invocations_are_made_again(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lambda's own refusals; any other error ends the command."""
    make, refusals = _make(stack), ["TooManyRequestsException"] * 3

    def work(key: str) -> None:
        if refusals:
            raise client_error(refusals.pop(), "Invoke")
        make(key)

    stack.function_calls.work = work
    left, seconds = _dispatch(stack)
    assert left == []
    assert seconds > 0.25
    assert "AWS throttles the calls: continuing at 10 a second." in (
        capsys.readouterr().err
    )
    stack.function_calls.work = lambda _: (_ for _ in ()).throw(
        client_error("AccessDeniedException", "Invoke")
    )
    began = stack.clock.monotonic()
    with pytest.raises(ClientError, match="AccessDenied"):
        _dispatch(stack)
    assert stack.clock.monotonic() - began < 1


def test_ctrl_c_says_how_much_is_done(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.function_calls.work = _make(stack)
    polls = iter(range(25))

    def interrupt() -> None:
        if next(polls, None) is None:
            raise KeyboardInterrupt

    stack.upload("c.png")
    keys = ["a.png", "c.png", *(f"absent-{number}" for number in range(100))]
    stack.sqs.clock.slept = interrupt
    with pytest.raises(KeyboardInterrupt):
        Dispatcher(BucketDiff(stack, ALL), 20.0, len(keys)).run(keys)
    assert "of 102 keys are done." in capsys.readouterr().err


def test_invocations_use_their_connections_again() -> None:
    """A TLS handshake for each would cost more than all else."""
    connections = set()

    class Accept(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            connections.add(self.client_address)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Print nothing."""

    stack = FakeStack(SIZES)
    with LoopbackServer(Accept) as server:
        stack._clients["lambda"] = boto3.client(
            "lambda",
            region_name="eu-central-1",
            aws_access_key_id="a",
            aws_secret_access_key="b",  # noqa: S106 - of nobody
            endpoint_url=f"http://127.0.0.1:{server.server_port}",
        )
        for _ in range(5):
            dispatcher.invoke(stack, reconcile_event(ORIGINAL, "a.png"))
        stack.client("lambda").close()
    assert len(connections) == 1
