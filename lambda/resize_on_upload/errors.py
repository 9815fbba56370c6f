"""Every error the function raises, by who must act on it.

ResizeOnUploadError
├── Rejected                the upload cannot be resized: logged once, never retried
│   ├── ForeignBucket       the event names a bucket or account other than configured
│   ├── KeyTooLong          a prefix and the key together exceed S3's 1,024 bytes
│   ├── EmptyObject         the object has no bytes
│   ├── TooLargeFile        the object has more bytes than the function may read
│   ├── ArchivedObject      the object is in an archive and cannot be read
│   ├── UnsupportedFormat   the bytes are not in a supported format
│   ├── UnsupportedVariant  a supported format, of a kind its decoder cannot read
│   ├── CorruptImage        the bytes cannot be decoded
│   ├── TruncatedImage      the bytes end before the image does
│   ├── TooManyPixels       the image exceeds the decoder's limits
│   ├── TooManyFrames       the animation exceeds the decoder's limits
│   ├── DecodeTimeout       the decoder did not finish in time
│   ├── DecoderCrash        the decoder's process crashed on the bytes
│   └── ResultTooLarge      a geometry makes more pixels per side than a format holds
├── Failed                  an internal failure: retried, then kept in the failed queue
│   ├── UnknownEvent        the invocation is not a supported event
│   ├── EngineFailed        the decoder's walls do not hold, or its response is wrong
│   ├── OutOfTime           too little of the invocation's time was left for the image
│   ├── AccessRefused       AWS refused a call: the function's role lacks a permission
│   ├── StoreUnavailable    S3 did not respond, or responded with a server error
│   ├── Contended           other invocations kept writing the same key
│   ├── QueueUnavailable    the queue of rejected uploads did not accept a record
│   ├── BusUnavailable      the event bus did not accept an event
│   ├── ResizerUnavailable  Lambda did not accept a key for the resizer
│   └── InvalidationFailed  CloudFront did not accept that it forgets a deleted image
└── SettingsError           the deployment's configuration is not valid
    └── SizesError          sizes.json has mistakes (in sizes/mistakes.py)
"""

from __future__ import annotations

from typing import ClassVar

from .reasons import Reason


class ResizeOnUploadError(Exception):
    """Base of every error of this package."""


class Rejected(ResizeOnUploadError):  # noqa: N818 - the outcome's own name
    """The upload cannot be resized, however often it is retried."""

    reason: ClassVar[Reason]


class ForeignBucket(Rejected):
    """The event names another bucket or account than the configured ones."""

    reason = Reason.FOREIGN_BUCKET


class KeyTooLong(Rejected):
    """`<prefix>/<key>` would exceed the 1,024 bytes that S3 allows."""

    reason = Reason.KEY_TOO_LONG


class EmptyObject(Rejected):
    """The object has no bytes."""

    reason = Reason.EMPTY


class TooLargeFile(Rejected):
    """The object has more bytes than the function may read."""

    reason = Reason.TOO_LARGE_FILE


class ArchivedObject(Rejected):
    """The object is in an archive; restoring it sends a new event."""

    reason = Reason.ARCHIVED


class UnsupportedFormat(Rejected):
    """The first bytes belong to no supported format."""

    reason = Reason.UNSUPPORTED_FORMAT


class UnsupportedVariant(Rejected):
    """The format is supported, but of a kind that its decoder cannot read."""

    reason = Reason.UNSUPPORTED_VARIANT


class CorruptImage(Rejected):
    """The decoder refused the bytes, or invented pixels that are missing."""

    reason = Reason.CORRUPT


class TruncatedImage(Rejected):
    """The bytes end before the image does."""

    reason = Reason.TRUNCATED


class TooManyPixels(Rejected):
    """The image needs more memory than the decoder may use."""

    reason = Reason.TOO_MANY_PIXELS


class TooManyFrames(Rejected):
    """The animation has more frames, or pixels in all frames, than are allowed."""

    reason = Reason.TOO_MANY_FRAMES


class DecodeTimeout(Rejected):
    """The decoder did not finish within the time allowed per image."""

    reason = Reason.DECODE_TIMEOUT


class DecoderCrash(Rejected):
    """The decoder's process crashed on the bytes; the function did not."""

    reason = Reason.DECODER_CRASH


class ResultTooLarge(Rejected):
    """A geometry makes a side longer than an output format can hold."""

    reason = Reason.RESULT_TOO_LARGE


class Failed(ResizeOnUploadError):  # noqa: N818 - the outcome's own name
    """An internal failure; Lambda retries, then the failed queue keeps the event."""

    reason: ClassVar[Reason] = Reason.INTERNAL_ERROR


class UnknownEvent(Failed):
    """The invocation is not a supported event."""

    reason = Reason.UNKNOWN_EVENT


class EngineFailed(Failed):
    """The decoder's walls do not hold, or its response cannot be right."""

    reason = Reason.ENGINE_FAILED


class OutOfTime(Failed):
    """Too little of the invocation's time was left for the image."""

    reason = Reason.OUT_OF_TIME


class AccessRefused(Failed):
    """AWS refused a call; the message names the permission and the resource."""

    reason = Reason.ACCESS_DENIED


class StoreUnavailable(Failed):
    """S3 could not be reached, or responded with a server error."""

    reason = Reason.S3_UNAVAILABLE


class Contended(Failed):
    """The variant to replace is no longer the one that was found."""

    reason = Reason.CONTENDED


class QueueUnavailable(Failed):
    """SQS did not accept a record; the upload is retried rather than forgotten."""

    reason = Reason.QUEUE_UNAVAILABLE


class BusUnavailable(Failed):
    """EventBridge did not accept an event; the upload is retried, and its event too."""

    reason = Reason.EVENT_BUS_UNAVAILABLE


class ResizerUnavailable(Failed):
    """Lambda did not accept a key that a viewer's request left unchecked."""

    reason = Reason.RESIZER_UNAVAILABLE


class InvalidationFailed(Failed):
    """CloudFront may still send the variants of a deleted original."""

    reason = Reason.INVALIDATION_FAILED


class SettingsError(ResizeOnUploadError):
    """The function's environment is not what the stack would have set."""
