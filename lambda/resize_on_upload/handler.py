"""The Lambda entry: any invocation → keys → each one reconciled → retried or not."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

from . import settings, telemetry
from .announcements import EventBridge, Silent
from .errors import (
    DecodeTimeout,
    Failed,
    ForeignBucket,
    Rejected,
    ResizeOnUploadError,
)
from .imaging.probe import Limits
from .imaging.sandbox import Sandbox
from .invocations import Outcome, answer, tasks
from .memory import peak
from .privacy import hide
from .reconcile import Setup, reconcile
from .rejections import Rejections, record
from .report import Report
from .store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .announcements import Announcements
    from .events import Change
    from .imaging.variants import Derived
    from .invocations import Task
    from .sizes import Size

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
def _store() -> Store:
    ours = _settings()
    return Store(
        client=_client("s3"),
        original_bucket=ours.original_bucket,
        resized_bucket=ours.resized_bucket,
        account=ours.account,
        rules=ours.carried,
    )


@cache
def _rejections() -> Rejections:
    return Rejections(_client("sqs"), _settings().rejected_queue)


@cache
def _announcements() -> Announcements:
    if not _settings().completion_events:
        return Silent()
    return EventBridge(_client("events"), _store())


@cache
def _sandbox() -> Sandbox:
    """The decoder's process: all of the memory but what this one needs itself."""
    megabytes = _settings().memory - OWN_MEMORY
    pixels = min(Limits().pixels, megabytes * 1_000_000 // BYTES_A_PIXEL)
    return Sandbox(memory=megabytes * 1024 * 1024, limits=Limits(pixels=pixels))


def prepare() -> None:
    """Hide, start the decoder, connect: while Lambda waits for its first invocation.

    What is wrong is raised, and logged, by the first upload.
    """
    hide()
    with suppress(ResizeOnUploadError):
        _sandbox()
        _announcements()
        _store()


def handler(event: Any, context: Any) -> Any:
    """Bring every size of every key up to date that the invocation speaks of.

    Returns:
        What the caller wants to hear: see invocations.py.

    Raises:
        Failed: at least one upload failed on our side; all others were still done.
            Lambda invokes again, and the work is safe to repeat.
    """
    invocation = _Invocation(context)
    outcomes = [(task, invocation.outcomes(task)) for task in tasks(event)]
    return answer(event, outcomes)


class _Invocation:
    """What the keys of one invocation share: its id and its time."""

    def __init__(self, context: Any) -> None:
        self._context = context
        self._shared = telemetry.Invocation(
            function=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
            request_id=context.aws_request_id,
            cold_start=next(_invocations) == 0,
            metrics=_settings().metrics,
        )
        self._whole = self._seconds_left()

    def outcomes(self, task: Task) -> list[Outcome]:
        """Every change of a task, done or not: none hides another."""
        if task.malformed:
            self._log(None, Report(), task.malformed)
            return [Outcome(None, task.malformed)]
        return [Outcome(change, self._outcome(change)) for change in task.changes]

    def _outcome(self, change: Change) -> Exception | None:
        report = Report()
        with report.timed("duration"):
            error = self._attempt(change, report)
        self._log(change, report, error)
        return error

    def _log(
        self, change: Change | None, report: Report, error: Exception | None
    ) -> None:
        memory_mb = peak(_sandbox().process)
        telemetry.log(change, report, error, self._shared, memory_mb)

    def _attempt(self, change: Change, report: Report) -> Exception | None:
        ours = _settings()
        try:
            try:
                _refuse_foreign(change, ours)
                setup = Setup(_store(), ours.sizes, self._derive, ours.mirror_deletes)
                reconcile(change.key, setup, report, created=change.created)
            except Rejected as error:
                kept = record(change, report.source, error, ours.sizes)
                _rejections().send(kept)
                _announcements().rejected(kept)
                return error
            _announcements().settled(change.key, report)
        except Exception as error:  # noqa: BLE001 - one record must not hide the others
            return error
        return None

    def _derive(self, blob: bytes, sizes: Sequence[Size]) -> Derived:
        """The image job within the time that is left.

        Raises:
            Rejected: the picture cannot be resized.
            Failed: it may be, given more time than is left.
        """
        seconds = self._seconds_left()
        if seconds < LEAST:
            msg = f"{seconds:.1f} s are left, too few for a picture; it comes again"
            raise Failed(msg)
        try:
            return _sandbox().derive(blob, sizes, seconds)
        except DecodeTimeout as error:
            if seconds >= min(self._whole - LEAST, Limits().seconds):
                raise
            msg = f"only {seconds:.1f} s were left for it; it comes again"
            raise Failed(msg) from error

    def _seconds_left(self) -> float:
        return float(self._context.get_remaining_time_in_millis() / 1_000 - RESERVE)


def _refuse_foreign(change: Change, ours: settings.Settings) -> None:
    if change.bucket != ours.original_bucket:
        msg = (
            f"the event is of bucket {change.bucket}, this function serves "
            f"{ours.original_bucket}"
        )
        raise ForeignBucket(msg)
    if change.account not in (None, ours.account):
        msg = f"the event is of account {change.account}, not of ours"
        raise ForeignBucket(msg)


if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    prepare()
