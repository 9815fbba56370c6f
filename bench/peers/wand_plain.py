"""Wand as most people use it: a full decode, then one clone and resize per size."""

from __future__ import annotations

from typing import Any

from wand.image import Image

from bench.peers import loop


def resize(blob: bytes, job: dict[str, Any]) -> list[bytes]:
    """Resize as in Wand's documentation."""
    results = []
    with Image(blob=blob) as image:
        image.auto_orient()
        for width, height in job["sizes"]:
            with image.clone() as clone:
                clone.resize(width, height)
                clone.strip()
                clone.compression_quality = job["quality"]
                results.append(clone.make_blob(job["format"]))
    return results


if __name__ == "__main__":
    loop.run(resize)
