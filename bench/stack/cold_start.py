"""Measure the parts of a cold start inside the container image, without S3.

`make cold` builds the image and prints the table. With several images, as folder and
configuration of each, their runs are interleaved, and there is a column for each.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from local.emulator.runtime import in_image

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime

RUNS = 15

PARTS = """
import json, time
parts, before = {}, 0.0
def part(name):
    global before
    now = time.process_time()
    parts[name], before = (now - before) * 1_000, now
part("Python")
import awslambdaric.__main__
part("Lambda's runtime client")
import resize_on_upload.handler
import resize_on_upload.storage.store
part("the function's modules")
import botocore.session
part("the rest of botocore")
resize_on_upload.handler.dependencies.store()
part("client of S3")
print(json.dumps(parts))
"""
"""CPU time; without the variable of Lambda's runtime, no decoder is started."""

READY = """
import json, os, resource, time
import awslambdaric.__main__
from resize_on_upload.handler import dependencies
dependencies.store()
connected = time.monotonic()
from resize_on_upload.imaging.checkerboard import checkerboard_png
dependencies.sandbox().make_variants(checkerboard_png(), dependencies.settings().sizes)
made = time.monotonic()
dependencies.sandbox().close()
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
start = float(os.environ["START"])
print(json.dumps({
    "client of S3": (connected - start) * 1_000,
    "first variants": (made - start) * 1_000,
    "decoder": (usage.ru_utime + usage.ru_stime) * 1_000,
}))
"""
"""Time since START, as Lambda imports the handler, and the decoder's CPU time."""

SETTINGS = {
    "ORIGINAL_BUCKET": "original",
    "RESIZED_BUCKET": "resized",
    "ACCOUNT_ID": "111122223333",
    "SIZES": '{"sizes": ["150x", "50x50", "x150"]}',
    "MIRROR_DELETES": "true",
    "METRICS": "all",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
}
CORES = {"two cores": "0,1", "one core": "0"}


def main() -> int:
    """Print the least time of each part, and how large botocore's data is."""
    pairs = zip(sys.argv[1::2], sys.argv[2::2], strict=True)
    images = [in_image(Path(root), Path(file)) for root, file in pairs]
    runs = [[_measured(image) for image in images] for _ in range(RUNS)]
    by_image = list(zip(*runs, strict=True))
    for name in runs[0][0]:
        least = [min(run[name] for run in found) for found in by_image]
        print(f"{name:<44}", *(f"{value:7.1f}" for value in least))
    sizes = [_data_bytes(image) / 1_000_000 for image in images]
    print(f"{'botocore data, MB':<44}", *(f"{size:7.2f}" for size in sizes))
    return 0


def _measured(image: Runtime) -> dict[str, float]:
    """What one start of each program measured."""
    found = {f"CPU ms: {name}": ms for name, ms in _run(image, PARTS, "0").items()}
    for name, cores in CORES.items():
        ready = _run(image, READY, cores, AWS_LAMBDA_RUNTIME_API="127.0.0.1:9")
        found["CPU ms: the decoder's process"] = ready.pop("decoder")
        found |= {f"ms until {part}, {name}": ms for part, ms in ready.items()}
    return found


def _run(
    image: Runtime, program: str, cores: str, **variables: str
) -> dict[str, float]:
    done = subprocess.run(
        ["taskset", "--cpu-list", cores, *image.command[:-2], "-c", program],
        check=True,
        env={
            **image.environment,
            **SETTINGS,
            **variables,
            "START": str(time.monotonic()),
        },
        stdout=subprocess.PIPE,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _data_bytes(image: Runtime) -> int:
    files = (image.root / "var" / "task" / "botocore" / "data").rglob("*")
    return sum(file.stat().st_size for file in files if file.is_file())


if __name__ == "__main__":
    sys.exit(main())
