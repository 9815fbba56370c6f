"""Uploads through the queue, while S3 is overloaded: nothing is lost."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from local.stack import running
from resize_on_upload.events.envelopes import reconcile_event
from tests.support import images
from tests.support.cloud_proxy import function_through
from tests.support.deployed import put
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.cloud_proxy import Call
    from local.stack import Stack

UPLOADS = 60

OVERLOADED = 0.2
"""Share of the function's calls that S3 refuses."""


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A stack with a queue."""
    with running(context={"intake": "queue", "reservedConcurrency": "3"}) as stack:
        yield stack


def _failed(stack: Stack) -> int:
    found = stack.cloud.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs["FailedQueueUrl"],
        AttributeNames=["ApproximateNumberOfMessages"],
    )
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


def _keys(stack: Stack) -> list[str]:
    pages = stack.s3().get_paginator("list_objects_v2").paginate(Bucket=stack.resized)
    return [one["Key"] for page in pages for one in page.get("Contents", ())]


def _upload(stack: Stack, folder: str, number: int) -> None:
    body: Any = b"no image" if number % 10 == 0 else images.png(40 + number, 30)
    put(stack, f"{folder}/{number} é+.png", body)


def test_a_burst_while_s3_is_overloaded_is_processed(stack: Stack) -> None:
    """Every image has its sizes, every other file its rejection; `plan` agrees."""
    chance = random.Random(5)  # noqa: S311 - not a secret

    def is_overloaded(_: Call) -> bool:
        return chance.random() < OVERLOADED

    rejected = UPLOADS // 10
    made = 3 * (UPLOADS - rejected) + rejected
    function = stack.outputs["FunctionName"]
    with function_through(stack, function) as proxy, proxy.failing(is_overloaded):
        with ThreadPoolExecutor(10) as threads:
            list(threads.map(lambda n: _upload(stack, "burst", n), range(UPLOADS)))
        wait_for(lambda: len(_keys(stack)) >= made, lambda: stack.log()[-2_000:])
    keys = _keys(stack)
    assert len(keys) == made
    assert len([key for key in keys if key.startswith("rejected/")]) == rejected
    assert _failed(stack) == 0
    done = _run(stack, "plan")
    assert done.stdout.splitlines()[-1:] == ["Nothing to do."], done.stderr


def _run(stack: Stack, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resize_on_upload_cli.cli", *command],
        check=False,
        env={**os.environ, **stack.environment()},
        capture_output=True,
        text=True,
    )


def _lose_variants(stack: Stack, key: str) -> Any:
    """Upload an image and delete its variants; return Lambda's record of a failure."""
    put(stack, key, images.png(20, 10))
    names = [f"{size}/{key}" for size in ("150x", "50x50", "x150")]
    wait_for(lambda: {*names} <= {*_keys(stack)}, lambda: stack.log()[-2_000:])
    for name in names:
        stack.s3().delete_object(Bucket=stack.resized, Key=name)
    return {
        "version": "1.0",
        "requestContext": {"condition": "RetriesExhausted"},
        "requestPayload": reconcile_event(stack.original, key),
        "responsePayload": {"errorMessage": "S3 did not answer"},
    }


@pytest.mark.parametrize("queue", ["IntakeQueueUrl", "FailedQueueUrl"])
def test_an_invocation_that_failed_is_retried(stack: Stack, queue: str) -> None:
    """On AWS, SQS moves its record to the queue of uploads.

    The local cloud has no such tasks: there, the function is invoked for it.
    """
    key = f"{queue} é+.png"
    record = _lose_variants(stack, key)
    stack.cloud.client("sqs").send_message(
        QueueUrl=stack.outputs[queue], MessageBody=json.dumps(record)
    )
    if queue == "FailedQueueUrl":
        done = _run(stack, "redrive", "failed")
        assert "ListMessageMoveTasks: InvalidAction" in done.stderr
        assert "Retrying 1 upload;" in done.stdout
    wait_for(lambda: f"x150/{key}" in _keys(stack), lambda: stack.log()[-2_000:])
    assert _failed(stack) == 0
