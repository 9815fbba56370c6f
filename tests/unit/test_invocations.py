"""Each caller gets the response it expects, for each of its tasks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from resize_on_upload.errors import CorruptImage, Failed, UnknownEvent
from resize_on_upload.events.envelopes import Change, reconcile_event
from resize_on_upload.events.invocations import Outcome, Task, respond, tasks
from tests.support.invocations import batch, queue

GOOD = None
BAD = CorruptImage("not an image")
FAILED = Failed("S3 is down")


def respond_to(event: Any, *errors: Exception | None) -> Any:
    listed = tasks(event)
    assert len(listed) == len(errors)
    return respond(
        event,
        [
            (task, [Outcome(change, error) for change in task.changes])
            for task, error in zip(listed, errors, strict=True)
        ],
    )


@pytest.mark.parametrize("schema", ["1.0", "2.0"])
def test_batch_operations_get_a_result_for_every_task(schema: str) -> None:
    """Permanent: no retry, but a line in the report. Temporary: S3 retries the task."""
    response = respond_to(batch("a", "b", "c", schema=schema), GOOD, BAD, FAILED)
    assert response["invocationSchemaVersion"] == schema
    assert response["invocationId"] == "abc"
    assert (
        response["treatMissingKeysAs"] == "TemporaryFailure"
    )  # without a result: retry
    assert [result["taskId"] for result in response["results"]] == ["0", "1", "2"]
    assert [result["resultCode"] for result in response["results"]] == [
        "Succeeded",
        "PermanentFailure",
        "TemporaryFailure",
    ]
    assert response["results"][1]["resultString"] == "corrupt: not an image"
    assert "S3 is down" in response["results"][2]["resultString"]


def test_an_unexpected_error_keeps_its_type() -> None:
    """A job's report is all that its operator sees."""
    task = Task("1", (Change("b", "k"),))
    done = [(task, [Outcome(task.changes[0], KeyError("x"))])]
    (result,) = respond(batch("k"), done)["results"]
    assert result["resultString"] == "internal-error: KeyError: 'x'"


@pytest.mark.parametrize("schema", ["1.0", "2.0"])
@pytest.mark.parametrize(
    ("written", "keys"),
    [
        ("plain.jpg", {"plain.jpg"}),
        ("a%20b%2Bc.jpg", {"a b+c.jpg"}),
        ("Z%C3%BCrich.jpg", {"Zürich.jpg"}),
        ("a+b.jpg", {"a+b.jpg", "a b.jpg"}),
    ],
)
def test_a_plus_in_a_batch_key_may_be_either(
    schema: str, written: str, keys: set[str]
) -> None:
    """AWS's samples disagree; both keys are reconciled, one does not exist."""
    (task,) = tasks(batch(written, schema=schema))
    assert {change.key for change in task.changes} == keys
    assert {change.bucket for change in task.changes} == {"photos-original"}


def test_a_queue_gets_only_the_failures() -> None:
    """A rejected upload is finished; a message that is not an event is retried."""
    body = json.dumps(reconcile_event("photos-original", "a.png"))
    event = queue(body, body, body)
    response = respond_to(event, GOOD, BAD, FAILED)
    assert response == {"batchItemFailures": [{"itemIdentifier": "2"}]}


@pytest.mark.parametrize("malformed", ["{no json", "[" * 100_000], ids=["", "deep"])
def test_a_malformed_message_hides_no_other(malformed: str) -> None:
    body = json.dumps(reconcile_event("photos-original", "a.png"))
    bad, good = tasks(queue(malformed, body))
    assert isinstance(bad.malformed, UnknownEvent)
    assert [change.key for change in good.changes] == ["a.png"]
    done = [(bad, [Outcome(None, bad.malformed)]), (good, [])]
    response = respond(queue(malformed, body), done)
    assert response == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_every_other_caller_retries_after_an_error() -> None:
    event = reconcile_event("photos-original", "a.png")
    assert respond_to(event, GOOD) == {"uploads": 1, "rejected": 0}
    assert respond_to(event, BAD) == {"uploads": 1, "rejected": 1}
    with pytest.raises(Failed, match=r"1 of 1 uploads failed: 'a.png': S3 is down"):
        respond_to(event, FAILED)


@pytest.mark.parametrize(
    "event",
    [
        {"invocationSchemaVersion": "2.0", "tasks": [{}]},
        {"invocationSchemaVersion": "2.0", "tasks": [{"taskId": "1", "s3Key": "k"}]},
        {"Records": [{"eventSource": "aws:sqs", "body": "{}"}]},
    ],
    ids=json.dumps,
)
def test_an_unknown_invocation_is_refused(event: Any) -> None:
    with pytest.raises(UnknownEvent):
        tasks(event)


def test_a_task_without_an_error_has_an_empty_result() -> None:
    task = Task("1")
    assert respond(batch("a"), [(task, [])])["results"][0]["resultString"] == ""
