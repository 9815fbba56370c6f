"""Wait until the local stack has nothing left to do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.stack import Stack

IDLE_SECONDS = 5.0
"""Without a running invocation: longer than the delay of any retry here."""

MAX_WAIT_SECONDS = 7_200
"""Only ends a hang."""

_COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


def wait_until_idle(stack: Stack) -> None:
    """Return when no invocation is running and no upload is waiting.

    Raises:
        TimeoutError: that did not happen within MAX_WAIT_SECONDS.
    """
    activity, waited, start = stack.lambda_pool.activity, 0.0, time.monotonic()
    while min(activity.idle_seconds(), waited) < IDLE_SECONDS or _queued(stack):
        if waited > MAX_WAIT_SECONDS:
            msg = f"invocations are still running after {MAX_WAIT_SECONDS} s"
            raise TimeoutError(msg)
        time.sleep(0.2)
        waited = time.monotonic() - start


def messages(stack: Stack, output: str) -> int:
    """The number of messages in the queue that an output of the stack names."""
    found = stack.cloud.client("sqs").get_queue_attributes(
        QueueUrl=stack.outputs[output], AttributeNames=[*_COUNTS]
    )
    return sum(int(found["Attributes"][name]) for name in _COUNTS)


def _queued(stack: Stack) -> int:
    queue = "IntakeQueueUrl"
    return messages(stack, queue) if queue in stack.outputs else 0
