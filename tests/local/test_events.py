"""Who waits for a picture's sizes is told by EventBridge when they are there."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

from local.project import copy_project
from local.stack import Stack, running
from tests import pictures
from tests.local.test_upload import put

ROOT = Path(__file__).parents[2]
KEY = "holiday 2026/Zürich + See.png"


def _pattern(stack: Stack) -> str:
    """The rule of the documents, for this stack's bucket."""
    document = (ROOT / "docs" / "manifest.md").read_text()
    section = document.split("## When it is done")[1]
    (shown,) = re.findall(r"```json\n(.*?)```", section, re.DOTALL)
    return str(shown).replace("…-resized", stack.resized)


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
            return [json.loads(message["Body"]) for message in found]
    return []


def test_the_manifest_s_event_says_that_it_is_done(tmp_path: Path) -> None:
    """One event, for the manifest; by then every size it tells of can be read."""
    project = copy_project(tmp_path / "checkout")
    sizes = {"sizes": ["150x", "x150"], "manifest": True}
    (project / "config" / "sizes.json").write_text(json.dumps(sizes))
    with running(project=project, context={"resizedEvents": "true"}) as stack:
        url = _listener(stack)
        put(stack, KEY, pictures.png(40, 30))
        (event,) = _received(stack, url)
        key = event["detail"]["object"]["key"]
        assert key == f"manifest/{KEY}.json"
        client = stack.s3()
        body = client.get_object(Bucket=stack.resized, Key=key)["Body"].read()
        for variant in json.loads(body)["variants"]:
            found = client.head_object(Bucket=stack.resized, Key=variant["key"])
            assert found["ContentLength"] == variant["bytes"]
