"""Measure one invocation in the local stack, part by part: cold and warm.

`make invocation` prints the table, and what a million uploads cost by memory setting.
The local cloud stands in for AWS: its answers are quicker than S3's over a network, so
download and upload are its, and everything else is the function's own.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import cost
from local.emulator.runtime import in_image, on_this_machine
from local.stack import FUNCTION_PYTHON, running

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime
    from local.stack import Stack

PHOTO = Path(__file__).parents[2] / "shared" / "photos" / "j12_d90.jpg"
PREFIXES = ("150x", "50x50", "x150")
WARM = 30
COLD = 3
PARTS = ("download", "decode", "resize", "encode", "walls", "write", "recheck", "rest")


def main() -> int:
    """Print cold and warm times, and the cost."""
    if not PHOTO.exists():
        sys.exit("the photos are not next to the checkout")
    where = in_image(*map(Path, sys.argv[1:3])) if sys.argv[1:] else None
    place = where or on_this_machine(FUNCTION_PYTHON)
    cold, warm, objects = [], [], []
    for number in range(COLD):
        found = _one_stack(place, WARM if number == 0 else 0)
        cold.append(found[0])
        objects.append(found[1])
        warm += found[2]
    print(f"\nfirst object of a cold environment, ms: {_listed(objects)}")
    print(f"its invocation after the start, ms:     {_listed(cold)}")
    print(
        "\nwarm invocations of a 12 MP JPEG into three sizes, ms (median of each part)"
    )
    parts = {part: median(_parts(line)[part] for line in warm) for part in PARTS}
    total = median(line["duration_ms"] for line in warm)
    for part, milliseconds in parts.items():
        print(f"  {part:<9} {milliseconds:6.1f}")
    print(f"  {'total':<9} {total:6.1f}")
    print("\n" + cost.table(total))
    return 0


def _one_stack(place: Runtime, warm: int) -> tuple[float, float, list[dict[str, Any]]]:
    """Return the cold invocation's ms, ms to its first object, and warm log lines."""
    body = PHOTO.read_bytes()
    with running(runtime=place) as stack:
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
