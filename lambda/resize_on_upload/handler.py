"""Lambda's entry: parse the invocation, reconcile each key, respond."""

from __future__ import annotations

import os
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from . import dependencies

if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    dependencies.prepare()  # the decoder starts while this process imports the rest

from .errors import DecodeTimeout, ForeignBucket, OutOfTime, Rejected
from .events.invocations import Outcome, respond, tasks
from .imaging.probe import Limits
from .outputs import log_line, telemetry
from .outputs.invalidation import is_due
from .outputs.rejections import rejection_record
from .reconcile.config import ReconcileConfig
from .reconcile.loop import reconcile
from .reconcile.report import Report
from .storage.patience import LAST_CALL_SECONDS, Patience

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .events.envelopes import Change
    from .events.invocations import Task
    from .imaging.results import ImageResult
    from .settings import Settings
    from .sizes.size import Size
    from .storage.store import Store

RESERVED_SECONDS = 3.0
"""Kept back for writing the variants and for the response."""

MIN_SECONDS = 2.0
"""With less time left, an image is not begun."""

_invocations = count()


class LambdaContext(Protocol):
    """What the handler uses of Lambda's context object.

    https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
    """

    @property
    def aws_request_id(self) -> str:
        """The id of the invocation."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds left before Lambda ends the invocation."""


def handler(event: Any, context: LambdaContext) -> Any:
    """Reconcile every key named in the invocation.

    Returns:
        The response this kind of caller expects: see events/invocations.py.

    Raises:
        Failed: at least one upload failed for an internal reason; all others were
            still done. Lambda retries the event, and repeating the work is safe.
    """
    listed = tasks(event)
    invocation = _Invocation(context, sum(len(task.changes) for task in listed))
    outcomes = [(task, invocation.outcomes(task)) for task in listed]
    return respond(event, outcomes)


class _Invocation:
    """What the keys of one invocation share: its id and its remaining time."""

    def __init__(self, context: LambdaContext, keys: int) -> None:
        self._context, self._keys_left = context, keys
        self._shared = log_line.Invocation(
            function=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
            request_id=context.aws_request_id,
            cold_start=next(_invocations) == 0,
            metrics=dependencies.settings().metrics,
        )
        self._total_seconds = self._seconds_left()

    def outcomes(self, task: Task) -> list[Outcome]:
        """The outcome of every change of a task; one error does not hide the others."""
        if task.malformed:
            self._log(None, Report(), task.malformed)
            return [Outcome(None, task.malformed)]
        return [Outcome(change, self._outcome(change)) for change in task.changes]

    def _outcome(self, change: Change) -> Exception | None:
        report = Report()
        with report.timed("duration"):
            error = self._attempt(change, report)
        self._keys_left -= 1
        self._log(change, report, error)
        return error

    def _log(
        self, change: Change | None, report: Report, error: Exception | None
    ) -> None:
        decoder = log_line.Decoder.of(
            dependencies.sandbox(), cold_start=self._shared.cold_start
        )
        telemetry.log(change, report, error, self._shared, decoder)

    def _attempt(self, change: Change, report: Report) -> Exception | None:
        error: Exception | None
        try:
            error = self._reconcile(change, report)
        except Exception as raised:  # noqa: BLE001 - one record must not hide the others
            error = raised
        unseen = self._invalidate(change, report)
        # Nothing but a retry makes caches forget what was deleted; what was replaced,
        # they have until its freshness ends.
        if change.removed and (error is None or isinstance(error, Rejected)):
            return unseen or error
        return error

    def _invalidate(self, change: Change, report: Report) -> Exception | None:
        """Make caches forget what was replaced or deleted; return why they did not."""
        settings = dependencies.settings()
        if not settings.distribution_parameter:
            return None
        if not is_due(change, report, settings.sizes):
            return None
        try:
            dependencies.invalidations().forget(change.key, self._seconds_left())
        except Exception as error:  # noqa: BLE001 - the key itself is up to date
            report.invalidated, report.invalidation_error = False, str(error)
            return error
        report.invalidated = True
        return None

    def _reconcile(self, change: Change, report: Report) -> Rejected | None:
        """Reconcile one key and publish the outcome; return the rejection, if any."""
        settings = dependencies.settings()
        config = ReconcileConfig(
            self._store(report),
            settings.sizes,
            self._make_variants,
            settings.mirror_deletes,
            dependencies.limits(),
            keep_rejections=True,
        )
        try:
            _reject_foreign(change, settings)
            reconcile(change.key, config, report, created=change.created)
        except Rejected as error:
            kept = rejection_record(change, report.source_id, error, settings.sizes)
            dependencies.rejections().send(kept)
            dependencies.completion_events().rejected(kept)
            return error
        dependencies.completion_events().completed(change.key, report)
        return None

    def _store(self, report: Report) -> Store:
        """Both buckets; while S3 is overloaded, a call waits.

        No longer than the key's share of the time that is left: the keys after it in
        a batch need the rest.
        """
        others = self._keys_left - 1
        kept = self._seconds_left() * others / self._keys_left if others else 0.0

        def seconds_left() -> float:
            return self._seconds_left() - kept - LAST_CALL_SECONDS

        patience = Patience(seconds_left, report.add_throttled)
        return dependencies.store().with_patience(patience)

    def _make_variants(self, blob: bytes, sizes: Sequence[Size]) -> ImageResult:
        """Run the image job within the time that is left.

        Raises:
            Rejected: the image cannot be resized.
            OutOfTime: too little time is left to know; a retry has more.
        """
        seconds = self._seconds_left()
        if seconds < MIN_SECONDS:
            msg = (
                f"{seconds:.1f} s left, too little to process an image; "
                "it will be retried"
            )
            raise OutOfTime(msg)
        try:
            return dependencies.sandbox().make_variants(blob, sizes, seconds)
        except DecodeTimeout as error:
            if seconds >= min(self._total_seconds - MIN_SECONDS, Limits().seconds):
                raise
            msg = f"only {seconds:.1f} s were left to process it; it will be retried"
            raise OutOfTime(msg) from error

    def _seconds_left(self) -> float:
        milliseconds = self._context.get_remaining_time_in_millis()
        return milliseconds / 1_000 - RESERVED_SECONDS


def _reject_foreign(change: Change, settings: Settings) -> None:
    if change.bucket != settings.original_bucket:
        msg = (
            f"the event names bucket {change.bucket}; this function serves "
            f"{settings.original_bucket}"
        )
        raise ForeignBucket(msg)
    if change.account not in (None, settings.account):
        msg = f"the event names account {change.account}, not the buckets' owner"
        raise ForeignBucket(msg)
