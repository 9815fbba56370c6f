"""Measure one invocation in the local stack, part by part: cold and warm.

`make invocation` runs the function in its container image, prints the table and what a
million uploads cost by memory setting, and writes both into docs/performance.md.
The local cloud stands in for AWS: its answers are quicker than S3's over a network, so
download and upload are its, and everything else is the function's own.
"""

from __future__ import annotations

import json
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.engines import place
from bench.folders import SHARED
from bench.stack import cost
from local.stack import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.runtime import Runtime
    from local.stack import Stack

PHOTO = SHARED / "photos" / "j12_d90.jpg"
PREFIXES = ("150x", "50x50", "x150")
WARM = 30
COLD = 3
DESCRIBED = {
    "walls": "sandbox: transfer to the decoder and back, and the check",
    "write": "upload, three variants in parallel, each conditional",
    "recheck": "last look at the original",
    "rest": "other",
}
PARTS = ("download", "decode", "resize", "encode", "walls", "write", "recheck", "rest")


def main() -> int:
    """Print cold and warm times, and the cost."""
    if not PHOTO.exists():
        sys.exit("the photos are not next to the checkout")
    cold, warm, objects = [], [], []
    with place.deployed() as where:
        for number in range(COLD):
            found = _one_stack(where.runtime, WARM if number == 0 else 0)
            cold.append(found[0])
            objects.append(found[1])
            warm += found[2]
    parts = {part: median(_parts(line)[part] for line in warm) for part in PARTS}
    total = median(line["duration_ms"] for line in warm)
    note = f"{where.description} Medians of {len(warm)} warm invocations.\n\n"
    tables = {
        "invocation": note + "\n".join(_lines(parts, total, objects)),
        "million": cost.table(total),
    }
    print(*tables.values(), sep="\n")
    where.publish("performance.md", tables)
    print(f"cold invocation after the start, ms: {_listed(cold)}")
    return 0


def _lines(
    parts: dict[str, float], total: float, objects: list[float]
) -> Iterator[str]:
    yield "| part | ms |"
    yield "|---|---|"
    for part, milliseconds in (*parts.items(), ("total", total)):
        yield f"| {DESCRIBED.get(part, part)} | {milliseconds:.1f} |"
    yield "\nCold start, from S3's response to the upload until the first variant:"
    yield f"{_listed(objects)} ms in {COLD} runs."


def _one_stack(
    runtime: Runtime, warm: int
) -> tuple[float, float, list[dict[str, Any]]]:
    """Return the cold invocation's ms, ms to its first object, and warm log lines."""
    body = PHOTO.read_bytes()
    with running(runtime=runtime) as stack:
        to_object = _upload(stack, "cold.jpg", body)
        first = _line(stack, "cold.jpg")
        lines = []
        for number in range(warm):
            _upload(stack, f"warm-{number}.jpg", body)
            lines.append(_line(stack, f"warm-{number}.jpg"))
    return first["duration_ms"], to_object, lines[1:]


def _upload(stack: Stack, key: str, body: bytes) -> float:
    """Return the milliseconds from S3's response until the first variant exists."""
    client = stack.s3()
    client.put_object(Bucket=stack.original, Key=key, Body=body)
    start = time.perf_counter()
    wanted = {f"{prefix}/{key}" for prefix in PREFIXES}
    while True:
        answer = client.list_objects_v2(Bucket=stack.resized)
        if wanted & {entry["Key"] for entry in answer.get("Contents", ())}:
            return (time.perf_counter() - start) * 1_000
        time.sleep(0.005)


def _line(stack: Stack, key: str) -> dict[str, Any]:
    while True:
        for text in stack.log().splitlines():
            if text.startswith("{") and json.loads(text).get("key") == key:
                found: dict[str, Any] = json.loads(text)
                return found
        time.sleep(0.01)


def _parts(line: dict[str, Any]) -> dict[str, float]:
    """Return ms per part; what derive takes beyond its parts is the sandbox."""
    named = {part: line.get(f"{part}_ms", 0.0) for part in PARTS}
    inside = named["decode"] + named["resize"] + named["encode"]
    steps = ("download", "derive", "write", "recheck")
    outside = sum(line[f"{step}_ms"] for step in steps)
    return named | {
        "walls": line["derive_ms"] - inside,
        "rest": line["duration_ms"] - outside,
    }


def _listed(values: list[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


if __name__ == "__main__":
    sys.exit(main())
