"""Uploads through the queue, while S3 is overloaded: nothing is lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from local.stack import running
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
    done = subprocess.run(
        [sys.executable, "-m", "resize_on_upload_cli.cli", "plan"],
        check=False,
        env={**os.environ, **stack.environment()},
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[-1:] == ["Nothing to do."], done.stderr
