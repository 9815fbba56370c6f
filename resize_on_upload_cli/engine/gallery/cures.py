"""What to do about each reason of a rejection: as in docs/operations.md."""

from __future__ import annotations

from resize_on_upload.reasons import Reason

CURES: dict[str, str] = {
    Reason.ARCHIVED: "Restore it from the archive; it is then resized.",
    Reason.CORRUPT: "Export the image again from its source.",
    Reason.DECODE_TIMEOUT: "Upload fewer pixels or frames.",
    Reason.DECODER_CRASH: "If other programs show this image, report it.",
    Reason.EMPTY: "Upload it again: it has no bytes.",
    Reason.FOREIGN_BUCKET: "Deploy a second stack for that bucket.",
    Reason.KEY_TOO_LONG: "Upload it under a shorter name.",
    Reason.RESULT_TOO_LARGE: "Limit the size's geometry, such as 2000x2000>.",
    Reason.TOO_LARGE_FILE: "Upload a file of at most 128 MB.",
    Reason.TOO_MANY_FRAMES: (
        'Upload a shorter animation, or set "animation": "keep-or-first".'
    ),
    Reason.TOO_MANY_PIXELS: "Upload a smaller image.",
    Reason.TRUNCATED: "Upload the whole file.",
    Reason.UNSUPPORTED_FORMAT: "Save it as JPEG or PNG.",
    Reason.UNSUPPORTED_VARIANT: "Save it as a usual JPEG or PNG.",
}
