"""ImageMagick's encoders, one after the other, on one decoded image.

With the argument "start", it starts itself with the variables of the decoder's process.
Reads jobs as JSON lines {"file", "out", "ways": [{format, quality, options,
progressive}, …]}, and prints {"cpu"}: milliseconds per way. The results are files in
`out`, named by the number of the way.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from resize_on_upload.imaging.codecs.encode import encode as encode_variant
from resize_on_upload.imaging.formats import WRITTEN
from resize_on_upload.imaging.imagemagick.magick import Image
from resize_on_upload.imaging.sandbox import launch

_PLANE_INTERLACE = 5


def encode(png: bytes, way: dict[str, Any]) -> tuple[bytes, float]:
    """Return the encoded image, and the CPU milliseconds of encoding it."""
    with Image(blob=png, format="png") as image:
        if way["quality"]:
            image.compression_quality = way["quality"]
        for key, value in way["options"].items():
            image.options[key] = value
        if way["progressive"]:
            _interlace(image)
        start = time.process_time()
        body = _encode(image, way)
        return body, (time.process_time() - start) * 1_000


def _encode(image: Image, way: dict[str, Any]) -> bytes:
    """Encode as a variant, if the way has no quality."""
    if not way["quality"]:
        return encode_variant(image, WRITTEN[way["format"]], None)
    return bytes(image.make_blob(way["format"]))


def _interlace(image: Image) -> None:
    from wand.api import library  # noqa: PLC0415 - after the policy

    library.MagickSetInterlaceScheme(image.wand, _PLANE_INTERLACE)


def main() -> None:
    """Run jobs until standard input ends."""
    for line in sys.stdin:
        job = json.loads(line)
        png, spent = Path(job["file"]).read_bytes(), []
        for number, way in enumerate(job["ways"]):
            body, milliseconds = encode(png, way)
            Path(job["out"], str(number)).write_bytes(body)
            spent.append(milliseconds)
        sys.stdout.write(json.dumps({"cpu": spent}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    if sys.argv[1:] == ["start"]:
        command = [sys.executable, "-m", "bench.peers.encoder"]
        os.execve(sys.executable, command, launch.environment("/tmp"))  # noqa: S606, S108 - as the decoder is started
    main()
