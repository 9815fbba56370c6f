"""The header readers under atheris: any bytes are read or rejected. `make fuzz`."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import atheris

with atheris.instrument_imports():
    from resize_on_upload.errors import Rejected
    from resize_on_upload.imaging.facts.facts import of_photo
    from resize_on_upload.imaging.formats import AVIF, HEIC, JPEG, JXL
    from resize_on_upload.imaging.hdr.dropped import GainMapDroppedError
    from resize_on_upload.imaging.hdr.find import find
    from resize_on_upload.imaging.headers import jpeg
    from resize_on_upload.imaging.headers.boxed import heif, jxl
    from resize_on_upload.imaging.probe import Limits, probe
    from resize_on_upload.sizes.size import MANIFEST

LIMITS = Limits()
WITH_FACTS = replace(MANIFEST, taken_at=True, location=True)


def one_input(data: bytes) -> None:
    """Any error but a rejection is a finding."""
    try:
        found = probe(data, LIMITS)
    except Rejected:
        return
    data = found.preview or data
    if found.format is JPEG:
        jpeg.drop_ac_scans(jpeg.strip_ancillary(data))
        with suppress(GainMapDroppedError):
            find(data)
    if found.format in (AVIF, HEIC):
        heif.primary_only(data)
    if found.format is JXL:
        jxl.codestream(data)
    of_photo(data, WITH_FACTS)


def main() -> None:
    """Start from a file of each format, so that magic numbers need not be guessed."""
    from tests.support.seeds import SEEDS

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, blob in SEEDS.items():
        (folder / name).write_bytes(blob)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
