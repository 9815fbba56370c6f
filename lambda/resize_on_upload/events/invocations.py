"""Each caller's tasks, and the response it expects.

S3, SNS, EventBridge and this project's tools invoke with an event, and retry it after
an error. SQS sends a batch of messages, S3 Batch Operations a batch of tasks; both
expect a result for each. Formats:
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-invoke-lambda.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus

from ..errors import Failed, Rejected, UnknownEvent
from ..reasons import Reason
from .envelopes import Change, changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAX_RESULT_CHARACTERS = 1_000
"""Of a task's result, which S3 writes into the job's report."""


@dataclass(frozen=True, slots=True)
class Task:
    """What succeeds or fails as a whole.

    Attributes:
        id: The caller's name for it.
        changes: The keys to reconcile.
        malformed: Why it cannot be read, if so.
    """

    id: str
    changes: tuple[Change, ...] = ()
    malformed: UnknownEvent | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one change: an error, or None if it was reconciled."""

    change: Change | None
    error: Exception | None

    @property
    def failed(self) -> bool:
        """Whether the caller must retry; never for a rejected upload."""
        return self.error is not None and not isinstance(self.error, Rejected)


def tasks(event: Any) -> list[Task]:
    """The tasks of an invocation.

    Raises:
        UnknownEvent: it is not supported, so nothing may be assumed about it.
    """
    match event:
        case {"invocationSchemaVersion": str(), "tasks": list(listed)}:
            return [_from_batch(task) for task in listed]
        case {"Records": [{"eventSource": "aws:sqs"}, *_]}:
            return [_from_queue(record) for record in event["Records"]]
        case _:
            return [Task("", tuple(changes(event)))]


def respond(event: Any, outcomes: Sequence[tuple[Task, list[Outcome]]]) -> Any:
    """Build the response this kind of caller expects.

    Raises:
        Failed: the caller retries only after an error.
    """
    match event:
        case {"invocationSchemaVersion": str(), "tasks": list()}:
            return _to_batch(event, outcomes)
        case {"Records": [{"eventSource": "aws:sqs"}, *_]}:
            failed = [task for task, done in outcomes if _any_failed(done)]
            return {"batchItemFailures": [{"itemIdentifier": t.id} for t in failed]}
        case _:
            return _to_event([outcome for _, done in outcomes for outcome in done])


def _from_queue(record: Any) -> Task:
    if not isinstance(record, dict) or "messageId" not in record:
        msg = "the SQS record has no messageId"
        raise UnknownEvent(msg)
    try:
        return Task(record["messageId"], tuple(changes({"Records": [record]})))
    except UnknownEvent as error:
        return Task(record["messageId"], malformed=error)


def _from_batch(task: Any) -> Task:
    """A task of schema 1.0 has the bucket's ARN, one of 2.0 its name.

    `+` in its key is ambiguous: it depends on who encoded the job's manifest. If both
    readings differ, both keys are reconciled; one that does not exist costs little.
    """
    match task:
        case {"taskId": str(name), "s3Key": str(key), "s3Bucket": str(bucket)}:
            pass
        case {"taskId": str(name), "s3Key": str(key), "s3BucketArn": str(arn)}:
            bucket = arn.rpartition(":")[2]
        case _:
            msg = "the task of S3 Batch Operations has no taskId, s3Key or bucket"
            raise UnknownEvent(msg)
    keys = dict.fromkeys((unquote_plus(key), unquote(key)))
    return Task(name, tuple(Change(bucket, key) for key in keys))


def _to_batch(event: Any, outcomes: Iterable[tuple[Task, list[Outcome]]]) -> Any:
    return {
        "invocationSchemaVersion": event["invocationSchemaVersion"],
        "treatMissingKeysAs": "TemporaryFailure",
        "invocationId": event.get("invocationId"),
        "results": [_result(task, done) for task, done in outcomes],
    }


def _result(task: Task, done: list[Outcome]) -> dict[str, str]:
    errors = [outcome.error for outcome in done if outcome.error]
    if _any_failed(done):
        code = "TemporaryFailure"
    else:
        code = "PermanentFailure" if errors else "Succeeded"
    text = "; ".join(map(_explained, errors))
    return {
        "taskId": task.id,
        "resultCode": code,
        "resultString": text[:_MAX_RESULT_CHARACTERS],
    }


def _to_event(done: list[Outcome]) -> dict[str, int]:
    if _any_failed(done):
        failures = [outcome for outcome in done if outcome.failed]
        causes = "; ".join(
            f"{outcome.change.key!r}: {outcome.error}" if outcome.change else ""
            for outcome in failures
        )
        msg = f"{len(failures)} of {len(done)} uploads failed: {causes}"
        raise Failed(msg) from failures[0].error
    return {"uploads": len(done), "rejected": sum(1 for one in done if one.error)}


def _any_failed(done: Iterable[Outcome]) -> bool:
    return any(outcome.failed for outcome in done)


def _explained(error: Exception) -> str:
    """Reason and message, as in the log."""
    if isinstance(error, Rejected | Failed):
        return f"{error.reason}: {error}"
    return f"{Reason.INTERNAL_ERROR}: {type(error).__name__}: {error}"
