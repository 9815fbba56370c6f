"""Who waits for a picture's sizes is told by EventBridge when they are there."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.checkout import copy_project
from local.stack import Stack, running
from tests.support import images
from tests.support.deployed import put
from tests.support.events_schema import VALIDATOR

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
KEY = "holiday 2026/Zürich + See.png"


def _pattern(stack: Stack) -> str:
    """The rule of the documents, for this stack's bucket."""
    document = (ROOT / "docs" / "manifest.md").read_text()
    section = document.split("## When it is done")[1]
    shown, _ = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    return str(shown).replace("…-original", stack.original)


def _listener(stack: Stack) -> str:
    """A queue that EventBridge fills by that rule; its URL."""
    events, queues = stack.cloud.client("events"), stack.cloud.client("sqs")
    url = queues.create_queue(QueueName="done")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    events.put_rule(Name="done", EventPattern=_pattern(stack))
    target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="done", Targets=[target])
    return str(url)


def _received(stack: Stack, url: str) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        answer = stack.cloud.client("sqs").receive_message(
            QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10
        )
        if found := answer.get("Messages"):
            for message in found:
                stack.cloud.client("sqs").delete_message(
                    QueueUrl=url, ReceiptHandle=message["ReceiptHandle"]
                )
            return [json.loads(message["Body"]) for message in found]
    return []


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, str]]:
    """A stack that tells, and the queue that hears it."""
    project = copy_project(tmp_path_factory.mktemp("told") / "checkout")
    sizes = {"sizes": ["150x", "x150"], "manifest": True}
    (project / "config" / "sizes.json").write_text(json.dumps(sizes))
    with running(project=project, context={"completionEvents": "true"}) as stack:
        yield stack, _listener(stack)


def test_an_event_says_that_all_sizes_are_there(told: tuple[Stack, str]) -> None:
    """By then every size it tells of can be read; what goes is told, too."""
    stack, url = told
    put(stack, KEY, images.png(40, 30))
    (event,) = _received(stack, url)
    VALIDATOR.validate(event)
    assert event["detail-type"] == "Image Resized"
    detail = event["detail"]
    assert (detail["bucket"], detail["key"]) == (stack.original, KEY)
    client = stack.s3()
    for variant in detail["manifest"]["variants"]:
        found = client.head_object(Bucket=stack.resized, Key=variant["key"])
        assert found["ContentLength"] == variant["bytes"]
    client.delete_object(Bucket=stack.original, Key=KEY)
    (event,) = _received(stack, url)
    VALIDATOR.validate(event)
    assert event["detail-type"] == "Image Removed"


def test_an_event_says_why_there_will_be_none(told: tuple[Stack, str]) -> None:
    stack, url = told
    put(stack, "letter.png", b"Dear all,")
    (event,) = _received(stack, url)
    VALIDATOR.validate(event)
    assert event["detail-type"] == "Image Rejected"
    assert event["detail"]["code"] == "unsupported-format"
    assert event["detail"]["key"] == "letter.png"
