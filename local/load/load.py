"""Load the local stack, wait until it is idle, and compare both buckets.

`python -m local load` prints the outcome. With `--kill` environments and decoders are
killed at random meanwhile; with `--seconds` the load continues for that long. In the
end both buckets match.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.load.commands import command, last_line_of_plan
from local.load.idle import wait_until_idle
from local.load.killer import killing
from local.load.traffic import Traffic
from local.stack import Stack, running
from resize_on_upload_cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterator

UPLOADS = 500

MAX_REDRIVES = 5


@dataclass(slots=True)
class Run:
    """One run.

    Attributes:
        counts: Of actions, events and outcomes.
        wrongly_rejected: Good images that were rejected: key and message.
        failures: Failed attempts, even if a retry succeeded: key and message.
        plans: The last line of `plan` at the end, and again after a backfill.
        rewritten: Objects of the resized bucket that the backfill wrote.
    """

    stack: Stack
    counts: Counter[str] = field(default_factory=Counter)
    wrongly_rejected: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)
    rewritten: int = 0


def run(
    *, kill: bool, uploads: int = UPLOADS, seed: int = 5, seconds: float = 0
) -> Run:
    """Start a stack, load it, wait until it is idle, and compare.

    Args:
        kill: Whether to kill environments and decoders meanwhile.
        uploads: Number of keys; uploaded again and again for `seconds`.
        seed: Of the traffic.
        seconds: Minimum duration.
    """
    with running(say=say, concurrency=4) as stack:
        found = Run(stack)
        pool = stack.lambda_pool
        with killing(pool, found.counts) if kill else nullcontext():
            for one in _seeds(seed, seconds):
                Traffic(stack, found.counts, one).run(uploads)
                wait_until_idle(stack)
        for _ in range(MAX_REDRIVES):
            if not _redrive(found):
                break
            wait_until_idle(stack)
        _count(found)
        _compare(found)
        return found


def report(found: Run) -> str:
    """The outcome, one line per number."""
    counts = found.counts
    counts["retries"] = counts["invocations"] - counts["events"] - counts["redriven"]
    names = (
        *("uploads", "overwritten", "deleted", "bad", "events", "invocations"),
        *("retries", "more than one round", "killed", "decoders killed", "redriven"),
        *("resized", "removed", "skipped", "rejected", "failed"),
    )
    lines = [f"{counts[name]:>7} {name}" for name in names]
    lines.append(f"{len(found.wrongly_rejected):>7} good images rejected")
    lines += [f"   failed: {failure}" for failure in found.failures]
    lines += [f"   plan: {plan}" for plan in found.plans]
    lines.append(f"{found.rewritten:>7} objects written by a backfill after that")
    return "\n".join(lines)


def _seeds(first: int, seconds: float) -> Iterator[int]:
    """At least one seed; more until the time is over."""
    end = time.monotonic() + seconds
    yield first
    while time.monotonic() < end:
        first += 1
        yield first


def _redrive(found: Run) -> int:
    """Retry the uploads in the failed queue; return how many there were."""
    done = command(found.stack, "redrive", "failed", "--json")
    number = len(done.stdout.splitlines())
    found.counts["redriven"] += number
    return number


def _count(found: Run) -> None:
    log = found.stack.log()
    found.counts["invocations"] = log.count("START RequestId")
    for text in log.splitlines():
        if not text.startswith("{"):
            continue
        line = json.loads(text)
        found.counts[line["event"].removeprefix("image.")] += 1
        found.counts["more than one round"] += line["rounds"] > 1
        if line["rejected"] and line["reason"] != "unsupported-format":
            found.wrongly_rejected.append(f"{line['key']}: {line['message']}")
        if line["failed"]:
            found.failures.append(f"{line['key']}: {line['message']}")


def _compare(found: Run) -> None:
    """Run `plan` twice, with a backfill in between that has nothing to do."""
    before = _objects(found.stack)
    for _ in range(2):
        found.plans.append(last_line_of_plan(found.stack))
        command(found.stack, "backfill")
    found.rewritten = len(_objects(found.stack) - before)


def _objects(stack: Stack) -> set[tuple[Any, ...]]:
    pages = stack.s3().get_paginator("list_objects_v2").paginate(Bucket=stack.resized)
    return {
        (one["Key"], one["ETag"], one["LastModified"])
        for page in pages
        for one in page.get("Contents", ())
    }
