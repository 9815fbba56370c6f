"""Every error the function raises, by who has to act on it.

ResizeOnUploadError
├── Rejected                the upload cannot be resized: logged once, never retried
│   ├── ForeignBucket       the event speaks of a bucket or account that is not ours
│   ├── KeyTooLong          a prefix and the key together exceed S3's 1,024 bytes
│   ├── EmptyObject         the object has no bytes
│   ├── TooLargeFile        the object has more bytes than the function may read
│   ├── ArchivedObject      the object lies in an archive and cannot be read
│   ├── UnsupportedFormat   the bytes are not of a format we decode
│   ├── UnsupportedVariant  a known format, of a kind its decoder does not read
│   ├── CorruptImage        the bytes cannot be decoded
│   ├── TruncatedImage      the bytes end before the picture does
│   ├── TooManyPixels       the picture does not fit into the decoder's limits
│   ├── TooManyFrames       the animation is longer than may be kept
│   ├── DecodeTimeout       the decoder did not finish in its time
│   ├── DecoderCrash        the decoder died of the bytes
│   └── ResultTooLarge      a geometry asks for more pixels a side than a format holds
├── Failed                  our side failed: raised, retried, then the failure queue
│   ├── UnknownEvent        the invocation is none of the envelopes we understand
│   ├── EngineFailed        the decoder's walls do not hold, or its answer is wrong
│   ├── AccessRefused       AWS refused a call: the function's role lacks a permission
│   ├── StoreUnavailable    S3 did not answer, or answered with an error of its own
│   ├── Contended           others wrote the same key all the time
│   ├── QueueUnavailable    the queue of rejected uploads did not take a record
│   └── BusUnavailable      the event bus did not take an event
└── SettingsError           the deployment's configuration cannot be used
    └── SizesError          sizes.json has mistakes; all of them are in the message
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class ResizeOnUploadError(Exception):
    """Base of every error of this package."""


class Rejected(ResizeOnUploadError):  # noqa: N818 - the outcome's own name
    """The upload cannot be resized, however often we try."""

    code: ClassVar[str] = "rejected"


class ForeignBucket(Rejected):
    """The event speaks of another bucket or account than the configured ones."""

    code = "foreign-bucket"


class KeyTooLong(Rejected):
    """`<prefix>/<key>` would exceed the 1,024 bytes S3 allows."""

    code = "key-too-long"


class EmptyObject(Rejected):
    """The object has no bytes."""

    code = "empty"


class TooLargeFile(Rejected):
    """The object has more bytes than the function may read."""

    code = "too-large-file"


class ArchivedObject(Rejected):
    """The object lies in an archive; restored, it comes as a new event."""

    code = "archived"


class UnsupportedFormat(Rejected):
    """The first bytes belong to no format we decode."""

    code = "unsupported-format"


class UnsupportedVariant(Rejected):
    """The format is ours, but of a kind that the decoder does not read."""

    code = "unsupported-variant"


class CorruptImage(Rejected):
    """The decoder refused the bytes, or repaired what cannot be repaired."""

    code = "corrupt"


class TruncatedImage(Rejected):
    """The bytes end before the picture does."""

    code = "truncated"


class TooManyPixels(Rejected):
    """The picture needs more memory than the decoder may take."""

    code = "too-many-pixels"


class TooManyFrames(Rejected):
    """The animation has more frames, or pixels in all of them, than may be kept."""

    code = "too-many-frames"


class DecodeTimeout(Rejected):
    """The decoder did not finish within the time of one picture."""

    code = "decode-timeout"


class DecoderCrash(Rejected):
    """The decoder's process died of the bytes; the function did not."""

    code = "decoder-crash"


class ResultTooLarge(Rejected):
    """A geometry makes a side longer than an output format can hold."""

    code = "result-too-large"


class Failed(ResizeOnUploadError):  # noqa: N818 - the outcome's own name
    """Our side failed; Lambda retries, then the failure queue keeps the event."""


class UnknownEvent(Failed):
    """The invocation is none of the envelopes we understand."""


class EngineFailed(Failed):
    """The decoder's walls do not hold, or what it answered cannot be right."""


class AccessRefused(Failed):
    """AWS refused a call; the message names the permission and the resource."""


class StoreUnavailable(Failed):
    """S3 could not be reached, or answered with a server-side error."""


class Contended(Failed):
    """What lies in the resized bucket is no longer what a write was to replace."""


class QueueUnavailable(Failed):
    """SQS did not take a record; the upload is done again rather than forgotten."""


class BusUnavailable(Failed):
    """EventBridge did not take an event; the upload is done again, and tells again."""


class SettingsError(ResizeOnUploadError):
    """The function's environment is not what the stack would have set."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in sizes.json.

    Attributes:
        place: Where, as a path into the document: `sizes[2].quality`.
        rule: The rule it breaks, in words.
        example: Something that is right at this place.
    """

    place: str
    rule: str
    example: str

    def __str__(self) -> str:
        return f"{self.place}: {self.rule} Example: {self.example}"


class SizesError(SettingsError):
    """sizes.json has mistakes; all of them are in `mistakes`."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(f"  - {mistake}" for mistake in mistakes))
