"""Why a gain map is not kept; the values are in logs, so they stay as they are."""

from __future__ import annotations

from enum import StrEnum


class Dropped(StrEnum):
    """The causes."""

    BROKEN_INDEX = "broken-index"
    """The list of the file's images is damaged, or leads out of the file."""

    NOT_A_JPEG = "not-a-jpeg"
    """What the list refers to is another kind of file."""

    BROKEN = "broken"
    """The gain map cannot be decoded."""

    TOO_LARGE = "too-large"
    """It is wider or higher than the image that it belongs to, or memory ran out."""

    TOO_MANY_SCANS = "too-many-scans"
    """It takes too long to decode."""

    CHAINED = "chained"
    """It has a gain map itself."""

    UNKNOWN_METADATA = "unknown-metadata"
    """A number that is needed to use it is missing or not plausible."""

    BASE_IS_HDR = "base-is-hdr"
    """It turns an HDR image into an SDR one."""

    OVER_MAX_BYTES = "over-max-bytes"
    """With it, no variant would keep its `maxBytes`."""

    OTHER_COLORS = "other-colors"
    """It has colours, and those are not for the sRGB image of a variant."""


class GainMapDroppedError(ValueError):
    """A gain map is not kept; the image is written without it."""

    def __init__(self, reason: Dropped) -> None:
        super().__init__(str(reason))
        self.reason = reason
