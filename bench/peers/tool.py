"""ImageMagick's command, once per size, with its hint for JPEG."""

from __future__ import annotations

import resource
import shutil
import subprocess
from typing import Any

from bench.peers import loop

COMMAND = shutil.which("magick") or "convert"


def resize(blob: bytes, job: dict[str, Any]) -> list[bytes]:
    """`magick - -auto-orient -thumbnail WxH! -quality Q jpeg:-`."""
    return [
        subprocess.run(
            [
                COMMAND,
                "-define",
                f"jpeg:size={2 * max(width, height)}x{2 * max(width, height)}",
                "-",
                "-auto-orient",
                "-thumbnail",
                f"{width}x{height}!",
                "-quality",
                str(job["quality"]),
                f"{job['format']}:-",
            ],
            input=blob,
            check=True,
            capture_output=True,
        ).stdout
        for width, height in job["sizes"]
    ]


def cpu() -> float:
    """Return the CPU seconds of the commands that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    loop.run(resize, cpu)
