"""The template's permissions are enforced, and a missing one is reported."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local.stack import running
from tests.support import images
from tests.support.deployed import failed_message, log_line, put, resized

if TYPE_CHECKING:
    from local.stack import Stack


def _without(statement: str, action: str) -> Any:
    """Edit the template: remove one action from the function's role."""

    def edit(template: str) -> str:
        document = json.loads(template)
        removed = 0
        for resource in document["Resources"].values():
            if resource["Type"] != "AWS::IAM::Policy":
                continue
            statements = resource["Properties"]["PolicyDocument"]["Statement"]
            for one in [one for one in statements if one.get("Sid") == statement]:
                actions = one["Action"]
                listed = actions if isinstance(actions, list) else [actions]
                one["Action"] = [kept for kept in listed if kept != action]
                removed += len(listed) - len(one["Action"])
                if not one["Action"]:
                    statements.remove(one)
        assert removed == 1
        return json.dumps(document)

    return edit


@pytest.mark.parametrize(
    ("statement", "action", "body", "words"),
    [
        ("ReadOriginals", "s3:GetObject", None, "Grant s3:GetObject to the function"),
        ("WriteResized", "s3:PutObject", None, "Grant s3:PutObject to the function"),
        ("KeepRejections", "sqs:SendMessage", b"bad", "sqs:SendMessage to http"),
    ],
)
def test_threat_79_a_missing_permission_is_reported(
    statement: str, action: str, body: bytes | None, words: str
) -> None:
    """The log line has the permission, the event is kept, nothing is written."""
    with running(edit=_without(statement, action)) as stack:
        put(stack, "a.png", body or images.png(20, 10))
        record = log_line(stack, "a.png")
        assert record["event"] == "image.failed"
        assert record["reason"] in ("access-denied", "queue-unavailable")
        assert words in record["message"]
        assert "a.png" in failed_message(stack, "a.png")
        assert resized(stack, "a.png") == {}


def test_threat_79_a_denied_read_deletes_nothing() -> None:
    """Without permission to read an original, the function cannot know it is gone."""
    with running() as stack:
        put(stack, "a.png", images.png(20, 10))
        log_line(stack, "a.png")
        _deny_reading(stack)
        stack.s3().delete_object(Bucket=stack.original, Key="a.png")
        assert "a.png" in failed_message(stack, "a.png")
        assert len(resized(stack, "a.png")) == 3


def _deny_reading(stack: Stack) -> None:
    """Set a bucket policy that denies reads, as an administrator may do."""
    client = stack.s3()
    policy = json.loads(client.get_bucket_policy(Bucket=stack.original)["Policy"])
    policy["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{stack.original}/*",
        }
    )
    client.put_bucket_policy(Bucket=stack.original, Policy=json.dumps(policy))
