"""Measure whether memory or temporary files grow over 1,000 images in one environment.

`make soak` runs it and draws docs/pictures/soak.svg.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path

from bench import plot
from resize_on_upload.errors import Rejected
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload.sizes.parser import parse
from tools import terminal

ROOT = Path(__file__).parents[1]
CORPUS = ROOT.parent / "shared" / "corpus"
CHART = ROOT / "docs" / "pictures" / "soak.svg"
IMAGES = 1_000
MAX_BYTES = 400_000  # bytes of a file: everyday images, not bombs
SIZES = parse('{"sizes": ["150x", "50x50", "x150"]}')


def main() -> int:
    """Print and draw the measurement; return 1 if something grew."""
    files = [f for f in sorted(CORPUS.rglob("*")) if f.is_file()]
    blobs = [f.read_bytes() for f in files if f.stat().st_size < MAX_BYTES][:300]
    if not blobs:
        sys.exit("the corpus of real files is not next to the checkout")
    box = Sandbox(1_577 * 1024 * 1024, Limits())
    decoder, own, folder = [], [], []
    for index in range(IMAGES):
        with contextlib.suppress(Rejected):
            box.make_variants(blobs[index % len(blobs)], SIZES)
        process = box._process  # noqa: SLF001 - measured here
        if process:
            decoder.append(_resident(process.pid))
            folder.append(len(list(Path(process.folder).iterdir())))
        own.append(_resident("self"))
        terminal.show_progress(index + 1, IMAGES)
    box.close()
    plot.curves(
        CHART,
        {
            "decoder's process": list(enumerate(decoder)),
            "the function": list(enumerate(own)),
        },
        title=f"{IMAGES} images through one warm environment",
        across="images",
        up="MB resident",
    )
    found = {
        "images": IMAGES,
        "decoder_mb": {at: decoder[at - 1] for at in (100, 300, 499, 600, 999)},
        "function_mb": {"at_300": own[299], "end": own[-1]},
        "files_left_at_most": max(folder),
    }
    print(json.dumps(found, indent=2))
    return int(own[-1] > own[299] + 10 or max(folder) > 0)


def _resident(process: int | str) -> float:
    """Return a process's memory in MB."""
    status = Path(f"/proc/{process}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
