"""EventBridge notifies whoever waits for an image's variants."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.deployment.checkout import copy_project
from local.stack import Stack, running
from tests.support import images
from tests.support.deployed import put
from tests.support.events_schema import VALIDATOR
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
KEY = "holiday 2026/Zürich + See.png"


def _pattern(stack: Stack) -> str:
    """The rule in the documents, for this stack's bucket."""
    document = (ROOT / "docs" / "manifest.md").read_text()
    section = document.split("## Completion events")[1]
    shown, _ = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    return str(shown).replace("…-original", stack.original)


def _queue(stack: Stack) -> str:
    """Create a queue and send events to it by that rule; return its URL."""
    events, queues = stack.cloud.client("events"), stack.cloud.client("sqs")
    url = queues.create_queue(QueueName="done")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    events.put_rule(Name="done", EventPattern=_pattern(stack))
    target = {"Id": "queue", "Arn": arn["Attributes"]["QueueArn"]}
    events.put_targets(Rule="done", Targets=[target])
    return str(url)


def _receive(stack: Stack, url: str) -> list[dict[str, Any]]:
    """The events in the queue, once there is one; removed from the queue."""
    client = stack.cloud.client("sqs")

    def messages() -> list[dict[str, Any]]:
        answer = client.receive_message(
            QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10
        )
        return list(answer.get("Messages", ()))

    found = wait_for(messages, lambda: "no event arrived")
    for message in found:
        client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return [json.loads(message["Body"]) for message in found]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, str]]:
    """A stack that publishes events, and the queue that receives them."""
    sizes = {"sizes": ["150x", "x150"], "manifest": True}
    project = copy_project(tmp_path_factory.mktemp("events") / "checkout", sizes)
    with running(project=project, context={"completionEvents": "true"}) as stack:
        yield stack, _queue(stack)


def test_an_event_says_that_all_variants_exist(published: tuple[Stack, str]) -> None:
    """Every variant it lists can be read by then; a delete is published, too."""
    stack, url = published
    put(stack, KEY, images.png(40, 30))
    (event,) = _receive(stack, url)
    VALIDATOR.validate(event)
    assert event["detail-type"] == "Image Resized"
    detail = event["detail"]
    assert (detail["bucket"], detail["key"]) == (stack.original, KEY)
    client = stack.s3()
    for variant in detail["manifest"]["variants"]:
        found = client.head_object(Bucket=stack.resized, Key=variant["key"])
        assert found["ContentLength"] == variant["bytes"]
    client.delete_object(Bucket=stack.original, Key=KEY)
    (event,) = _receive(stack, url)
    VALIDATOR.validate(event)
    assert event["detail-type"] == "Image Removed"


def test_an_event_says_why_there_are_no_variants(published: tuple[Stack, str]) -> None:
    stack, url = published
    put(stack, "letter.png", b"Dear all,")
    (event,) = _receive(stack, url)
    VALIDATOR.validate(event)
    assert event["detail-type"] == "Image Rejected"
    assert event["detail"]["code"] == "unsupported-format"
    assert event["detail"]["key"] == "letter.png"
