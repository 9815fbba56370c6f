"""Hundreds of uploads at once, overwritten, deleted, spoilt and told of twice.

`python -m local load` runs them through the local stack and prints what became of them;
with `--kill` environments and decoders are killed at random meanwhile, with `--seconds`
it goes on for that long. In the end both buckets match, and nothing failed.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_plus

from local.stack import ROOT, Stack, running
from tools.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterator

UPLOADS = 500
PEOPLE = 20
"""Who upload at the same time."""

OVERWRITTEN, DELETED, POISON, DOUBLED = 0.10, 0.05, 0.05, 0.10
"""Shares of the uploads."""

QUIET = 5.0
"""Seconds without a new line in the function's log: longer than any retry here."""

_LONGEST = 300.0


@dataclass(slots=True)
class Run:
    """One run and what was counted.

    Attributes:
        counts: Of acts, events and outcomes.
        wronged: Keys of good images that were rejected.
        plans: What `plan` said at the end, and once more after a backfill.
        rewritten: Objects of the resized bucket that the backfill wrote.
    """

    stack: Stack
    counts: Counter[str] = field(default_factory=Counter)
    wronged: list[str] = field(default_factory=list)
    plans: list[str] = field(default_factory=list)
    rewritten: int = 0


def run(
    *, kill: bool, uploads: int = UPLOADS, seed: int = 5, seconds: float = 0
) -> Run:
    """Start a stack, load it, wait until it is quiet, and compare.

    Args:
        kill: Whether to kill environments and decoders meanwhile.
        uploads: How many at least; in `seconds`, the same keys again and again.
        seed: Of every upload's fate.
        seconds: How long at least.
    """
    with running(say=say, concurrency=4) as stack:
        found = Run(stack)
        with _killing(found) if kill else _nothing():
            end = time.monotonic() + seconds
            _upload(found, uploads, f"{seed}")
            _wait_until_quiet(stack)
            while time.monotonic() < end:
                seed += 1
                _upload(found, uploads, f"{seed}")
                _wait_until_quiet(stack)  # the local cloud gives up what waits too long
        for _ in range(5):
            if not _redriven(found):
                break
            _wait_until_quiet(stack)
        _count(found)
        _compare(found)
        return found


def report(found: Run) -> str:
    """What became of it all, a line each."""
    counts = found.counts
    counts["retries"] = counts["invocations"] - counts["events"] - counts["redriven"]
    names = (
        *("uploads", "overwritten", "deleted", "poison", "events", "invocations"),
        *("retries", "more than one round", "killed", "decoders killed", "redriven"),
        *("resized", "removed", "skipped", "rejected", "failed"),
    )
    lines = [f"{counts[name]:>7} {name}" for name in names]
    lines.append(f"{len(found.wronged):>7} good images rejected")
    lines += [f"   plan: {plan}" for plan in found.plans]
    lines.append(f"{found.rewritten:>7} objects written by a backfill after that")
    return "\n".join(lines)


def _upload(found: Run, uploads: int, seed: str) -> None:
    """Every upload's fate hangs on its number and the seed."""
    pictures = _pictures()

    def one(number: int) -> None:
        dice = random.Random(f"{seed}-{number}")  # noqa: S311 - a fate, no secret
        key = f"load/{number % 7}/photo {number} + é.jpg"
        fate = dice.random()
        spoilt = fate < POISON
        _put(found, key, b"no picture" if spoilt else dice.choice(pictures))
        found.counts["poison"] += spoilt
        if POISON <= fate < POISON + OVERWRITTEN:
            time.sleep(dice.uniform(0, 1))
            _put(found, key, dice.choice(pictures))
            found.counts["overwritten"] += 1
        elif fate < POISON + OVERWRITTEN + DELETED and not spoilt:
            time.sleep(dice.uniform(0, 10))
            found.stack.s3().delete_object(Bucket=found.stack.original, Key=key)
            found.counts["deleted"] += 1
            found.counts["events"] += 1
        if dice.random() < DOUBLED:
            time.sleep(dice.uniform(0, 0.1))
            _tell_again(found, key)

    say(f"{uploads} uploads, {PEOPLE} at once")
    with ThreadPoolExecutor(PEOPLE) as people:
        list(people.map(one, range(uploads)))
    found.counts["uploads"] += uploads


def _put(found: Run, key: str, body: bytes) -> None:
    found.stack.s3().put_object(Bucket=found.stack.original, Key=key, Body=body)
    found.counts["events"] += 1


def _tell_again(found: Run, key: str) -> None:
    s3 = {
        "bucket": {"name": found.stack.original},
        "object": {"key": quote_plus(key, safe="/")},
    }
    record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}
    found.stack.cloud.client("lambda").invoke(
        FunctionName=found.stack.outputs["FunctionName"],
        InvocationType="Event",
        Payload=json.dumps({"Records": [record]}),
    )
    found.counts["events"] += 1


def _pictures() -> list[bytes]:
    from wand.image import Image  # noqa: PLC0415 - not with the function's policy

    found = []
    for number in range(12):
        with Image(width=320 + 8 * number, height=240) as image:
            image.noise("random", attenuate=1.0)
            image.compression_quality = 80
            found.append(bytes(image.make_blob("jpeg")))
    return found


@contextmanager
def _nothing() -> Iterator[None]:
    yield


@contextmanager
def _killing(found: Run) -> Iterator[None]:
    """End an environment or a decoder every second or so, while the block runs."""
    ended, environments = threading.Event(), found.stack.environments

    def kill() -> None:
        while not ended.wait(random.uniform(0.25, 0.75)):  # noqa: S311 - by chance
            if random.random() < 0.5:  # noqa: PLR2004, S311 - either
                found.counts["killed"] += environments.kill_one()
            else:
                found.counts["decoders killed"] += environments.kill_decoder()

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        ended.set()
        killer.join()


def _wait_until_quiet(stack: Stack) -> None:
    began = changed = time.monotonic()
    size = -1
    while time.monotonic() - changed < QUIET and time.monotonic() - began < _LONGEST:
        now = (stack.state / "function.log").stat().st_size
        if now != size:
            size, changed = now, time.monotonic()
        time.sleep(0.2)


def _command(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), *arguments],
        check=False,
        cwd=ROOT,
        env={**os.environ, **stack.environment()},
        capture_output=True,
        text=True,
    )


def _redriven(found: Run) -> int:
    """Try again what is in the failed queue; how many there were."""
    done = _command(found.stack, "redrive", "failed", "--json")
    number = len(done.stdout.splitlines())
    found.counts["redriven"] += number
    return number


def _count(found: Run) -> None:
    log = found.stack.log()
    found.counts["invocations"] = log.count("START RequestId")
    for line in log.splitlines():
        if line.startswith("{"):
            record = json.loads(line)
            found.counts[record["event"].removeprefix("image.")] += 1
            found.counts["more than one round"] += record["rounds"] > 1
            if record["rejected"] and record["reason"] != "unsupported-format":
                found.wronged.append(f"{record['key']}: {record['message']}")


def _compare(found: Run) -> None:
    """`plan` twice, with a backfill in between that finds nothing to do."""
    before = _resized(found.stack)
    for _ in range(2):
        done = _command(found.stack, "plan")
        found.plans.append(done.stdout.strip().splitlines()[-1] + done.stderr.strip())
        _command(found.stack, "backfill")
    found.rewritten = len(_resized(found.stack) - before)


def _resized(stack: Stack) -> set[tuple[Any, ...]]:
    pages = stack.s3().get_paginator("list_objects_v2").paginate(Bucket=stack.resized)
    return {
        (one["Key"], one["ETag"], one["LastModified"])
        for page in pages
        for one in page.get("Contents", ())
    }
