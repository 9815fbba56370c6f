"""What must hold of every file, however damaged, once its header was read."""

from __future__ import annotations

import time

from resize_on_upload.errors import Rejected
from resize_on_upload.imaging.formats import AVIF, HEIC, JPEG, JXL, PNG, RAW, WEBP
from resize_on_upload.imaging.headers import jpeg, png, webp
from resize_on_upload.imaging.headers.boxed import heif, jxl
from resize_on_upload.imaging.probe import Limits, probe


def survives(blob: bytes) -> None:
    """Check that a file is accepted or rejected with a reason, in little time."""
    start = time.process_time()
    try:
        found = probe(blob, Limits())
    except Rejected as error:
        assert str(error)
    else:
        assert (found.original is RAW) == (found.preview is not None)
        blob = found.preview or blob
        if found.format is JPEG:
            jpeg.drop_ac_scans(jpeg.strip_ancillary(blob))
        if found.format is PNG:
            png.strip_ancillary(blob)
        if found.format is WEBP:
            assert len(webp.first_frame(blob)) <= len(blob)
        if found.format in (AVIF, HEIC):
            assert len(heif.primary_only(blob)) == len(blob)
        if found.format is JXL:
            assert len(jxl.codestream(blob)) <= len(blob)
    assert time.process_time() - start < 2  # a loop would never end
