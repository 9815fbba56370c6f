"""A burst of uploads, while S3 is overloaded or a backfill is running.

`python -m local load --throttle --backfill` prints the outcome. In the end both buckets
match.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from local.emulator.cloud_proxy import through_proxy
from local.load.burst_outcome import Outcome, Work
from local.load.commands import last_line_of_plan, start
from local.load.idle import messages, wait_until_idle
from local.load.overload import overloading
from local.load.senders import send, without_events
from local.stack import running
from resize_on_upload_cli.terminal import plural, say

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from local.emulator.cloud_proxy import CloudProxy
    from local.stack import Stack

CONCURRENCY = 8
"""More than the machine has cores: invocations wait while S3 is overloaded."""

BACKFILL_CONCURRENCY = 2

LIBRARY = 1_000
"""Originals without variants, for the backfill."""


@dataclass(frozen=True, slots=True)
class Burst:
    """What to do.

    Attributes:
        uploads: Their number.
        is_throttled: Whether S3 is overloaded for the first minute.
        library: Originals that a backfill makes meanwhile; 0: there is no backfill.
        intake: How uploads reach the function, as the setting.
    """

    uploads: int
    is_throttled: bool = False
    library: int = 0
    intake: str = "function"


def run(burst: Burst) -> Outcome:
    """Start a stack, upload, and wait until everything is done."""
    context = {"intake": burst.intake}
    if burst.library:
        context["backfillConcurrency"] = str(BACKFILL_CONCURRENCY)
    with running(say=say, concurrency=CONCURRENCY, context=context) as stack:
        _add_library(stack, burst.library)
        names = ("FunctionName", "BackfillFunctionName")
        functions = [stack.outputs[name] for name in names if name in stack.outputs]
        with through_proxy(stack.cloud, stack.lambda_pool, *functions) as proxy:
            return _send(burst, stack, proxy)


def _send(burst: Burst, stack: Stack, proxy: CloudProxy) -> Outcome:
    keys = [f"burst/{number} é+.jpg" for number in range(burst.uploads)]
    say(plural(burst.uploads, "upload"))
    began = time.time()
    with overloading(proxy, wanted=burst.is_throttled) as overload:
        with _backfilling(stack, proxy, burst.library):
            stored = send(proxy.cloud, stack.original, keys)
        wait_until_idle(stack)
    return Outcome(
        name="during a backfill" if burst.library else "alone",
        began=began,
        stored=stored,
        refused=overload.refused,
        work=Work.of(stack.log()),
        failed=messages(stack, "FailedQueueUrl"),
        plan=last_line_of_plan(stack),
    )


def _add_library(stack: Stack, number: int) -> None:
    """Upload originals of which the function is not notified."""
    with without_events(stack):
        keys = [f"library/{one}.jpg" for one in range(number)]
        send(stack.cloud, stack.original, keys)


@contextmanager
def _backfilling(stack: Stack, proxy: CloudProxy, library: int) -> Iterator[None]:
    """Run a backfill of the library during the block, and wait for its end."""
    if not library:
        yield
        return
    backfill = start(stack, proxy.cloud, "backfill", "--prefix", "library/")
    try:
        yield
        _check(backfill, library)
    finally:
        backfill.kill()


def _check(backfill: subprocess.Popen[str], library: int) -> None:
    """Wait for a backfill.

    Raises:
        RuntimeError: it did not make everything.
    """
    output, errors = backfill.communicate()
    if f"{library:,} of {plural(library, 'key')} done." not in output:
        msg = f"the backfill ended with {backfill.returncode}: {output}{errors}"
        raise RuntimeError(msg)
