"""Lambda's entry for viewers: make one size of one original, and send it.

CloudFront comes here only after S3 has answered that the variant is missing. It is made
by the same engine and under the same conditions as after an upload, written, and then
sent as it is read back from S3: the first response and all later ones are the same.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from .. import dependencies

if "AWS_LAMBDA_RUNTIME_API" in os.environ:
    dependencies.prepare()  # the decoder starts while this process imports the rest

from ..errors import DecodeTimeout, OutOfTime, Rejected
from ..outputs import log_line, request_log
from ..outputs.request_log import Result
from ..reasons import Reason
from ..reconcile.config import ReconcileConfig
from ..reconcile.loop import reconcile
from ..reconcile.report import Report
from ..sizes.size import UPLOAD
from ..storage.patience import LAST_CALL_SECONDS, Patience
from . import request, response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..imaging.results import ImageResult
    from ..sizes.size import Size
    from ..storage.objects import ServedVariant
    from .request import SizeRequest

RESERVED_SECONDS = 3.0
"""Kept back for writing the variant, reading it and sending it."""

MIN_SECONDS = 1.0
"""With less time left, an image is not begun."""

MAX_THROTTLED_SECONDS = 2.0
"""Waited in all while S3 is overloaded: a viewer waits, too."""

NEWLY_WRITTEN = timedelta(seconds=60)
"""A variant as young as this may have been written after S3 answered."""

_invocations = count()


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Respond to one request; never raises, as nothing would retry it."""
    try:
        wanted = request.parse(event, dependencies.settings().sizes)
    except request.UnknownPathError:
        return response.not_found()
    return _Request(wanted, context).respond()


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response, and what the log says of it."""

    response: dict[str, Any]
    result: Result
    error: Exception | None = None


class _TooSlowError(Exception):
    """The image took all the time of a request.

    Not a rejection, after which variants are deleted: an upload has more time.
    """


class _Request:
    def __init__(self, wanted: SizeRequest, context: Any) -> None:
        self._wanted, self._context = wanted, context
        self._report = Report()
        self._total_seconds = self._seconds_left()
        patience = Patience(self._patience_left, self._report.add_throttled)
        self._store = dependencies.store().with_patience(patience)

    def respond(self) -> dict[str, Any]:
        with self._report.timed("duration"):
            answer = self._answer()
        self._log(answer)
        timing = f"{answer.result};dur={self._report.milliseconds['duration']:.0f}"
        answer.response["headers"]["server-timing"] = timing
        return answer.response

    def _answer(self) -> _Answer:
        try:
            return self._make_and_read()
        except Rejected as error:
            return _Answer(response.rejected(error.reason), Result.REJECTED, error)
        except _TooSlowError as error:
            timeout = DecodeTimeout(str(error))
            return _Answer(response.rejected(timeout.reason), Result.REJECTED, timeout)
        except Exception as error:  # noqa: BLE001 - the viewer gets a status
            return _Answer(
                response.unavailable(), Result.FAILED, self._handed_over(error)
            )

    def _handed_over(self, error: Exception) -> Exception:
        """Have the resizer check what may be written; return the error to log."""
        if self._report.may_have_written:
            try:
                dependencies.resizer().reconcile(self._wanted.key)
            except Exception as second:  # noqa: BLE001 - it is logged in its place
                return second
        return error

    def _make_and_read(self) -> _Answer:
        self._make()
        if self._report.source_id is None and not self._keeps_variants():
            return self._missing()
        wanted = self._wanted
        found = self._store.get_served(wanted.size.variant_key(wanted.key))
        if found is None:  # deleted since
            return _Answer(response.not_found(), Result.MISSING)
        return _Answer(self._response(found), self._result(found))

    def _keeps_variants(self) -> bool:
        """Whether variants stay without their original: mirrorDeletes is off."""
        return self._report.skipped is Reason.DELETES_NOT_MIRRORED

    def _result(self, found: ServedVariant) -> Result:
        if self._report.written:
            return Result.MADE
        return Result.FOUND if _is_new(found) else Result.REFUSED

    def _make(self) -> None:
        """Bring the size up to date; the manifest only with all others."""
        settings, wanted = dependencies.settings(), self._wanted
        size = replace(wanted.size, make=UPLOAD)
        config = ReconcileConfig(
            self._store,
            settings.sizes if size.suffix else (size,),
            self._make_variants,
            settings.mirror_deletes,
            dependencies.limits(),
        )
        reconcile(wanted.key, config, self._report)

    def _missing(self) -> _Answer:
        wanted = self._wanted
        if wanted.plus_key and self._store.head_original(wanted.plus_key):
            return _Answer(response.use_encoded_plus(wanted.path), Result.MISSING)
        return _Answer(response.not_found(), Result.MISSING)

    def _response(self, found: ServedVariant) -> dict[str, Any]:
        if len(found.body) <= response.MAX_BODY_BYTES:
            return response.found(found.body, found.headers, self._wanted.if_none_match)
        if _is_new(found):
            return response.retry_at_s3(self._wanted.path)
        return response.misconfigured()

    def _make_variants(self, blob: bytes, sizes: Sequence[Size]) -> ImageResult:
        """Run the image job within the time that is left.

        Raises:
            Rejected: the image cannot be resized.
            OutOfTime: too little time is left to know; another request has more.
            _TooSlowError: another request would take as long.
        """
        seconds = self._seconds_left()
        if seconds < MIN_SECONDS:
            msg = f"{seconds:.1f} s left, too little to process an image"
            raise OutOfTime(msg)
        try:
            return dependencies.sandbox().make_variants(blob, sizes, seconds)
        except DecodeTimeout as error:
            all_of_it = seconds >= self._total_seconds - MIN_SECONDS
            if all_of_it and not self._report.written:
                raise _TooSlowError(str(error)) from error
            msg = f"only {seconds:.1f} s were left to process the image"
            raise OutOfTime(msg) from error

    def _seconds_left(self) -> float:
        milliseconds = self._context.get_remaining_time_in_millis()
        return float(milliseconds / 1_000 - RESERVED_SECONDS)

    def _patience_left(self) -> float:
        waited = self._report.milliseconds.get("throttled", 0.0) / 1_000
        left = self._seconds_left() - LAST_CALL_SECONDS
        return min(MAX_THROTTLED_SECONDS - waited, left)

    def _log(self, answer: _Answer) -> None:
        settings, cold_start = dependencies.settings(), next(_invocations) == 0
        invocation = log_line.Invocation(
            function=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", ""),
            request_id=self._context.aws_request_id,
            cold_start=cold_start,
            metrics=settings.metrics,
        )
        about = {
            "bucket": settings.original_bucket,
            "key": self._wanted.key,
            "size": self._wanted.size.name,
            "status": answer.response["statusCode"],
        }
        decoder = log_line.Decoder.of(dependencies.sandbox(), cold_start=cold_start)
        request_log.log(
            answer.result, about, self._report, answer.error, invocation, decoder
        )


def _is_new(found: ServedVariant) -> bool:
    return datetime.now(UTC) - found.modified < NEWLY_WRITTEN
