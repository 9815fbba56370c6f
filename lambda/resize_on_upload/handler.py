"""The Lambda entry: any envelope → uploads → each one reconciled → retried or not."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache, partial
from itertools import count
from typing import Any

from . import settings, telemetry
from .errors import (
    DecodeTimeout,
    Failed,
    ForeignBucket,
    Rejected,
    ResizeOnUploadError,
)
from .events import Upload, uploads
from .imaging.probe import Limits
from .imaging.sandbox import Sandbox
from .reconcile import Report, reconcile
from .store import Store

OWN_MEMORY = 192
"""MB this process needs beside the decoder's: Python, boto3, the upload itself."""

BYTES_A_PIXEL = 22
"""A 48 MP progressive 4:4:4 JPEG into a size nearly as large was seen to take 16, a
WebP 14; the rest is for what was not seen."""

RESERVE = 3.0
"""Seconds kept for writing the sizes and for the answer."""

LEAST = 2.0
"""Seconds below which a picture is not begun."""

_invocations = count()


@cache
def _settings() -> settings.Settings:
    return settings.read(os.environ)


@cache
def _store() -> Store:
    # Imported here: the decoder starts meanwhile. boto3 would add half as much again.
    import botocore.session  # noqa: PLC0415 - as said
    from botocore.config import Config  # noqa: PLC0415 - as said

    client = botocore.session.get_session().create_client(
        "s3",
        config=Config(
            connect_timeout=5,
            read_timeout=30,
            retries={"mode": "standard", "total_max_attempts": 3},
        ),
    )
    ours = _settings()
    return Store(client, ours.original_bucket, ours.resized_bucket, ours.account)


@cache
def _sandbox() -> Sandbox:
    """The decoder's process: all of the memory but what this one needs itself."""
    megabytes = _settings().memory - OWN_MEMORY
    pixels = min(Limits().pixels, megabytes * 1_000_000 // BYTES_A_PIXEL)
    return Sandbox(memory=megabytes * 1024 * 1024, limits=Limits(pixels=pixels))


def prepare() -> None:
    """Start the decoder, then connect: while Lambda waits for its first invocation.

    What is wrong is raised, and logged, by the first upload.
    """
    with suppress(ResizeOnUploadError):
        _sandbox()
        _store()


def handler(event: Any, context: Any) -> dict[str, int]:
    """Write every size of every upload the event speaks of.

    Returns:
        How many uploads there were, and how many of them were rejected.

    Raises:
        Failed: at least one upload failed on our side; all others were still done.
            Lambda invokes again, and the work is safe to repeat.
    """
    cold_start = next(_invocations) == 0
    whole = _seconds_left(context)
    outcomes: list[tuple[Upload, Exception | None]] = []
    for upload in uploads(event):
        report = Report()
        with report.timed("duration"):
            error = _attempt(upload, report, _seconds_left(context), whole)
        telemetry.log(
            upload,
            report,
            error,
            request_id=context.aws_request_id,
            cold_start=cold_start,
        )
        outcomes.append((upload, error))
    _raise_failures(outcomes)
    return {"uploads": len(outcomes), "rejected": sum(1 for _, e in outcomes if e)}


def _seconds_left(context: Any) -> float:
    return float(context.get_remaining_time_in_millis() / 1_000 - RESERVE)


def _attempt(
    upload: Upload, report: Report, seconds: float, whole: float
) -> Exception | None:
    """What became of one upload, with `seconds` left of the invocation's `whole`."""
    try:
        _refuse_foreign(upload)
        if seconds < LEAST:
            msg = f"{seconds:.1f} s are left, too few for a picture; it comes again"
            raise Failed(msg)  # noqa: TRY301 - the line below must log it
        sizes = _settings().sizes
        derive = partial(_sandbox().derive, sizes=sizes, seconds=seconds)
        reconcile(upload.key, _store(), sizes, derive, report)
    except DecodeTimeout as error:
        if seconds >= min(whole - LEAST, Limits().seconds):
            return error
        msg = f"only {seconds:.1f} s were left for it; it comes again"
        return Failed(msg)
    except Exception as error:  # noqa: BLE001 - one record must not hide the others
        return error
    return None


def _refuse_foreign(upload: Upload) -> None:
    ours = _settings().original_bucket
    if upload.bucket != ours:
        msg = f"the event is of bucket {upload.bucket}, this function serves {ours}"
        raise ForeignBucket(msg)


def _raise_failures(outcomes: list[tuple[Upload, Exception | None]]) -> None:
    failures = [
        (upload, error)
        for upload, error in outcomes
        if error and not isinstance(error, Rejected)
    ]
    if not failures:
        return
    causes = "; ".join(f"{upload.key!r}: {error}" for upload, error in failures)
    msg = f"{len(failures)} of {len(outcomes)} uploads failed: {causes}"
    raise Failed(msg) from failures[0][1]


if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    prepare()
