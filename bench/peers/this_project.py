"""Our engine through its real entry: the walls, the checks, the process beside."""

from __future__ import annotations

import json
import time
from typing import Any

from bench.peers import loop
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload.sizes.parser import parse

BOX = Sandbox(1_577 * 1024 * 1024, Limits())


def resize(blob: bytes, job: dict[str, Any]) -> list[bytes]:
    """All sizes by one call, as the handler makes it."""
    sizes = [
        {"geometry": f"{width}x{height}!", "name": f"{width}x{height}"}
        for width, height in job["sizes"]
    ]
    document = {"sizes": sizes, "format": job["format"], "quality": job["quality"]}
    return [
        v.body for v in BOX.make_variants(blob, parse(json.dumps(document))).variants
    ]


def cpu() -> float:
    """Seconds of this process and of the decoder's (clock_getcpuclockid(3))."""
    if not BOX.pid:
        return time.process_time()
    return time.process_time() + time.clock_gettime(~BOX.pid << 3 | 2)


if __name__ == "__main__":
    loop.run(resize, cpu)
