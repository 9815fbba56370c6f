"""What an execution environment keeps from one invocation to the next."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

from .errors import ResizeOnUploadError
from .imaging.probe import Limits
from .imaging.sandbox.sandbox import Sandbox
from .imaging.walls.prctl import hide
from .outputs.completion_events import EventBridge, NoEvents
from .outputs.rejections import Rejections
from .settings import Settings, read
from .storage.store import Store

if TYPE_CHECKING:
    from .outputs.completion_events import CompletionEvents

FUNCTION_MEMORY_MB = 192
"""MB this process needs beside the decoder's: Python, boto3, the upload itself."""

DECODER_BYTES_PER_PIXEL = 22
"""A 48 MP progressive 4:4:4 JPEG into a size nearly as large was seen to take 16, a
WebP 14; the rest is for what was not seen."""


@cache
def settings() -> Settings:
    """What the stack says."""
    return read(os.environ)


def _client(service: str) -> Any:
    # Imported here: the decoder starts meanwhile. boto3 would add half as much again.
    import botocore.session  # noqa: PLC0415 - as said
    from botocore.config import Config  # noqa: PLC0415 - as said

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
    ours = settings()
    return Store(
        client=_client("s3"),
        original_bucket=ours.original_bucket,
        resized_bucket=ours.resized_bucket,
        account=ours.account,
        carry_over=ours.carry_over,
    )


@cache
def rejections() -> Rejections:
    """The queue of rejected uploads."""
    return Rejections(_client("sqs"), settings().rejected_queue)


@cache
def completion_events() -> CompletionEvents:
    """Who is told what became of a key."""
    if not settings().completion_events:
        return NoEvents()
    return EventBridge(_client("events"), store())


@cache
def limits() -> Limits:
    """What one upload may cost: no more pixels than the decoder has memory for."""
    megabytes = settings().memory - FUNCTION_MEMORY_MB
    return Limits(
        min(Limits().pixels, megabytes * 1_000_000 // DECODER_BYTES_PER_PIXEL)
    )


@cache
def sandbox() -> Sandbox:
    """The decoder's process: all of the memory but what this one needs itself."""
    return Sandbox(
        memory=(settings().memory - FUNCTION_MEMORY_MB) * 1024 * 1024,
        limits=limits(),
        reuse=settings().decoder_reuse,
    )


def prepare() -> None:
    """Hide, start the decoder, connect: while Lambda waits for its first invocation.

    What is wrong is raised, and logged, by the first upload.
    """
    hide()
    with suppress(ResizeOnUploadError):
        sandbox()
        completion_events()
        store()
