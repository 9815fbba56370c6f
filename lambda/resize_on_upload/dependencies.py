"""Per-environment singletons: settings, AWS clients and the decoder's process.

What uses AWS's SDK is imported by the functions that need it: loading the SDK takes as
long as starting the decoder, and so both happen at the same time.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from .errors import ResizeOnUploadError, SettingsError
from .imaging.probe import Limits
from .imaging.sandbox.sandbox import Sandbox
from .imaging.walls.prctl import set_undumpable
from .settings import Settings, read_settings

if TYPE_CHECKING:
    from .outputs.completion_events import CompletionEvents
    from .outputs.hand_over import Resizer
    from .outputs.invalidation import Invalidations
    from .outputs.rejections import Rejections
    from .storage.store import Store

FUNCTION_MEMORY_MB = 192
"""Needed by this process, next to the decoder's: Python, boto3, the upload itself."""

DECODER_BYTES_PER_PIXEL = 22
"""Measured: 16 for a 48 MP progressive 4:4:4 JPEG resized to nearly its own size, 14
for a WebP; the rest is a reserve."""


@cache
def settings() -> Settings:
    """The settings the stack has configured."""
    return read_settings(os.environ)


def _client(service: str) -> Any:
    import botocore.session  # boto3 would take half as long again
    from botocore.config import Config

    return botocore.session.get_session().create_client(
        service,
        config=Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 3},
        ),
    )


@cache
def store() -> Store:
    """Both buckets."""
    from .storage.store import Store

    configured = settings()
    return Store(
        client=_client("s3"),
        original_bucket=configured.original_bucket,
        resized_bucket=configured.resized_bucket,
        account=configured.account,
        carry_over=configured.carry_over,
    )


@cache
def rejections() -> Rejections:
    """The queue that keeps records of rejected uploads.

    Raises:
        SettingsError: this function has none.
    """
    from .outputs.rejections import Rejections

    if not settings().rejected_queue:
        msg = "the environment lacks REJECTED_QUEUE_URL; deploy the stack again"
        raise SettingsError(msg)
    return Rejections(_client("sqs"), settings().rejected_queue)


@cache
def resizer() -> Resizer:
    """The function that checks what a viewer's request left unchecked."""
    from .outputs.hand_over import Resizer

    configured = settings()
    return Resizer(_client("lambda"), configured.resizer, configured.original_bucket)


@cache
def completion_events() -> CompletionEvents:
    """The receiver of each key's final outcome."""
    from .outputs.completion_events import EventBridge, NoEvents

    if not settings().completion_events:
        return NoEvents()
    return EventBridge(_client("events"), store())


@cache
def invalidations() -> Invalidations:
    """What makes caches forget; created when it is first needed.

    Raises:
        SettingsError: the deployment does not invalidate.
    """
    from .outputs.invalidation import CloudFront

    if not settings().distribution_parameter:
        msg = "the environment lacks DISTRIBUTION_PARAMETER; deploy the stack again"
        raise SettingsError(msg)
    return CloudFront(_client("cloudfront"), _distribution_id)


@cache
def _distribution_id() -> str:
    """Not in the environment: the distribution depends on this function's name."""
    name = settings().distribution_parameter
    return str(_client("ssm").get_parameter(Name=name)["Parameter"]["Value"])


@cache
def limits() -> Limits:
    """The limits per upload: at most the pixels that fit into the decoder's memory."""
    return Limits(max_pixels(settings().memory))


def max_pixels(memory: int) -> int:
    """The pixels that fit into the decoder's part of a function's memory, in MB."""
    megabytes = memory - FUNCTION_MEMORY_MB
    return min(Limits().pixels, megabytes * 1_000_000 // DECODER_BYTES_PER_PIXEL)


@cache
def sandbox() -> Sandbox:
    """The decoder's process; it may use all memory that this process does not need."""
    return Sandbox(
        memory=(settings().memory - FUNCTION_MEMORY_MB) * 1024 * 1024,
        limits=limits(),
        reuse=settings().decoder_reuse,
        cores=settings().cores,
    )


def prepare() -> None:
    """Prepare the environment before its first invocation.

    Errors are ignored here: the first upload raises and logs them.
    """
    set_undumpable()
    with suppress(ResizeOnUploadError):
        sandbox()
        completion_events()
        store()
