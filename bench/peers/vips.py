"""pyvips as documented: `thumbnail_buffer`, once per size."""

from __future__ import annotations

from typing import Any

import pyvips

from bench.peers import loop


def resize(blob: bytes, job: dict[str, Any]) -> list[bytes]:
    """Run one pipeline per size, each with shrink-on-load."""
    suffix = {"jpeg": ".jpg", "png": ".png", "webp": ".webp", "gif": ".gif"}
    options = {"Q": job["quality"]} if job["format"] in ("jpeg", "webp") else {}
    pages = "n=-1" if job["animated"] else ""
    return [
        bytes(
            pyvips.Image.thumbnail_buffer(
                blob, width, height=height, size="force", option_string=pages
            ).write_to_buffer(suffix[job["format"]], keep="none", **options)
        )
        for width, height in job["sizes"]
    ]


if __name__ == "__main__":
    pyvips.cache_set_max(0)
    loop.run(resize)
