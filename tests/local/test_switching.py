"""Changing the setting `intake` of a live stack while uploads go on: none is lost."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

import pytest

from local.load.commands import last_line_of_plan
from local.load.idle import messages, wait_until_idle
from local.stack import running
from tests.support import images
from tests.support.deployed import put
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stack import Stack

PAUSE_SECONDS = 0.3
"""Between two uploads."""

MANY = 10
"""Uploads in the queue: more than what reads it takes at once."""

QUEUE = "IntakeQueueUrl"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as started:
        yield started


@contextmanager
def _uploading(stack: Stack) -> Iterator[list[str]]:
    """Upload one image after another during the block; their keys so far."""
    keys: list[str] = []
    is_over = threading.Event()

    def upload() -> None:
        for number in count():
            put(stack, f"live/{number}.png", images.png(40, 30))
            keys.append(f"live/{number}.png")
            if is_over.wait(PAUSE_SECONDS):
                return

    thread = threading.Thread(target=upload)
    thread.start()
    try:
        yield keys
    finally:
        is_over.set()
        thread.join()


@contextmanager
def _unread(stack: Stack) -> Iterator[None]:
    """Have nothing read the queue during the block."""
    client = stack.cloud.client("lambda")
    (found,) = client.list_event_source_mappings()["EventSourceMappings"]
    client.update_event_source_mapping(UUID=found["UUID"], Enabled=False)
    yield
    client.update_event_source_mapping(UUID=found["UUID"], Enabled=True)


def _deployed(stack: Stack, intake: str) -> Stack:
    changed = replace(stack, context={"intake": intake})
    changed.redeploy()
    found = stack.cloud.client("cloudformation").describe_stacks()["Stacks"]
    outputs = next(one["Outputs"] for one in found if "Outputs" in one)
    named = {one["OutputKey"]: one["OutputValue"] for one in outputs}
    return replace(changed, outputs=named)


def test_switching_to_the_queue_and_back_loses_no_upload(stack: Stack) -> None:
    """In the steps of docs/scale.md, during uploads; the queue is left while full."""
    seen = []
    with _uploading(stack) as keys:
        queued = _deployed(stack, "queue")
        seen.append(len(keys))
        with _unread(queued):
            _wait_for_messages(queued, is_wanted=lambda number: number >= MANY)
            draining = _deployed(queued, "draining")
            assert messages(draining, QUEUE) >= MANY
            seen.append(len(keys))
        _wait_for_messages(draining, is_wanted=lambda number: number == 0)
        changed = _deployed(draining, "function")
        seen.append(len(keys))
    wait_until_idle(changed)
    assert QUEUE not in changed.outputs
    assert 0 < seen[0] < seen[1] < seen[2]
    assert last_line_of_plan(changed) == "Nothing to do."
    assert messages(changed, "FailedQueueUrl") == 0


def _wait_for_messages(stack: Stack, is_wanted: Callable[[int], bool]) -> None:
    wait_for(
        lambda: is_wanted(messages(stack, QUEUE)),
        lambda: f"{messages(stack, QUEUE)} uploads are in the queue",
    )
