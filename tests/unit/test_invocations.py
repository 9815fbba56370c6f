"""Each caller gets the answer it understands, for each of its tasks."""

from __future__ import annotations

import json
from typing import Any

import pytest

from resize_on_upload.errors import CorruptImage, Failed, UnknownEvent
from resize_on_upload.events.envelopes import reconcile_event
from resize_on_upload.events.invocations import Outcome, Task, respond, tasks
from tests.support.invocations import batch, queue

GOOD = None
BAD = CorruptImage("no picture")
OURS = Failed("S3 is down")


def answered(event: Any, *errors: Exception | None) -> Any:
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
def test_batch_operations_hear_of_every_task(schema: str) -> None:
    """Permanent: never again, in the report. Temporary: they try again themselves."""
    told = answered(batch("a", "b", "c", schema=schema), GOOD, BAD, OURS)
    assert told["invocationSchemaVersion"] == schema
    assert told["invocationId"] == "abc"
    assert told["treatMissingKeysAs"] == "TemporaryFailure"  # not heard of: try again
    assert [result["taskId"] for result in told["results"]] == ["0", "1", "2"]
    assert [result["resultCode"] for result in told["results"]] == [
        "Succeeded",
        "PermanentFailure",
        "TemporaryFailure",
    ]
    assert told["results"][1]["resultString"] == "corrupt: no picture"
    assert "S3 is down" in told["results"][2]["resultString"]


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
    """AWS's own samples disagree; both keys are looked at, and one is none."""
    (task,) = tasks(batch(written, schema=schema))
    assert {change.key for change in task.changes} == keys
    assert {change.bucket for change in task.changes} == {"photos-original"}


def test_a_queue_hears_of_failures_alone() -> None:
    """A rejected upload is done with; a message that is no event comes again."""
    body = json.dumps(reconcile_event("photos-original", "a.png"))
    event = queue(body, body, body)
    told = answered(event, GOOD, BAD, OURS)
    assert told == {"batchItemFailures": [{"itemIdentifier": "2"}]}


def test_a_malformed_message_hides_no_other() -> None:
    body = json.dumps(reconcile_event("photos-original", "a.png"))
    bad, good = tasks(queue("{no json", body))
    assert isinstance(bad.malformed, UnknownEvent)
    assert [change.key for change in good.changes] == ["a.png"]
    done = [(bad, [Outcome(None, bad.malformed)]), (good, [])]
    told = respond(queue("{no json", body), done)
    assert told == {"batchItemFailures": [{"itemIdentifier": "0"}]}


def test_everybody_else_takes_an_error_for_again() -> None:
    event = reconcile_event("photos-original", "a.png")
    assert answered(event, GOOD) == {"uploads": 1, "rejected": 0}
    assert answered(event, BAD) == {"uploads": 1, "rejected": 1}
    with pytest.raises(Failed, match=r"1 of 1 uploads failed: 'a.png': S3 is down"):
        answered(event, OURS)


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


def test_a_task_without_an_error_has_nothing_to_say() -> None:
    task = Task("1")
    assert respond(batch("a"), [(task, [])])["results"][0]["resultString"] == ""
