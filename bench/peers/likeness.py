"""How alike images are by SSIMULACRA2, and libvips' sharpening to compare them with.

bench/engines/peer.py starts it in the environment of the benchmark's peers.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import pyvips
from ssimulacra2 import compute_ssimulacra2


def answer(job: dict[str, Any]) -> list[float]:
    """Sharpen `file` into `sharpened`; or the scores of `images`, 100 if the same."""
    if "sharpened" in job:
        image = pyvips.Image.new_from_file(job["file"])
        image.sharpen().colourspace("srgb").write_to_file(job["sharpened"])
        return []
    return [float(compute_ssimulacra2(job["file"], image)) for image in job["images"]]


if __name__ == "__main__":
    pyvips.cache_set_max(0)  # files are overwritten
    for line in sys.stdin:
        sys.stdout.write(json.dumps({"scores": answer(json.loads(line))}) + "\n")
        sys.stdout.flush()
