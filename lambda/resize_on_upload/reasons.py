"""Reasons: stable codes for why a key was skipped, rejected or failed."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """The `reason` of log lines, metrics and events; docs/operations.md explains each.

    Alarms, saved queries and scripts compare these values: they must not change.
    """

    # Skipped
    DELETES_NOT_MIRRORED = "deletes-not-mirrored"
    FOLDER_MARKER = "folder-marker"
    MADE_ON_REQUEST = "made-on-request"
    NO_MATCHING_SIZE = "no-matching-size"
    NO_ORIGINAL = "no-original"
    UP_TO_DATE = "up-to-date"

    # Rejected
    ARCHIVED = "archived"
    CORRUPT = "corrupt"
    DECODE_TIMEOUT = "decode-timeout"
    DECODER_CRASH = "decoder-crash"
    EMPTY = "empty"
    FOREIGN_BUCKET = "foreign-bucket"
    KEY_TOO_LONG = "key-too-long"
    RESULT_TOO_LARGE = "result-too-large"
    TOO_LARGE_FILE = "too-large-file"
    TOO_MANY_FRAMES = "too-many-frames"
    TOO_MANY_PIXELS = "too-many-pixels"
    TRUNCATED = "truncated"
    UNSUPPORTED_FORMAT = "unsupported-format"
    UNSUPPORTED_VARIANT = "unsupported-variant"

    # Failed
    ACCESS_DENIED = "access-denied"
    CONTENDED = "contended"
    ENGINE_FAILED = "engine-failed"
    EVENT_BUS_UNAVAILABLE = "event-bus-unavailable"
    INTERNAL_ERROR = "internal-error"
    INVALIDATION_FAILED = "invalidation-failed"
    OUT_OF_TIME = "out-of-time"
    QUEUE_UNAVAILABLE = "queue-unavailable"
    RESIZER_UNAVAILABLE = "resizer-unavailable"
    S3_UNAVAILABLE = "s3-unavailable"
    UNKNOWN_EVENT = "unknown-event"


SKIPPED = {
    Reason.DELETES_NOT_MIRRORED: (
        "the original is gone; its variants stay, as mirrorDeletes is off"
    ),
    Reason.FOLDER_MARKER: "the key is a folder marker",
    Reason.MADE_ON_REQUEST: "every size of the key is made on request",
    Reason.NO_MATCHING_SIZE: "no size matches the key",
    Reason.NO_ORIGINAL: "there is neither an original nor a variant",
    Reason.UP_TO_DATE: "every variant is up to date",
}
"""Reason of a skipped key → its message; an error has its own message."""
