"""The template's grants are enforced, and a missing one is named."""

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
    """A change of the template that takes one action from the function's role."""

    def edit(template: str) -> str:
        document = json.loads(template)
        taken = 0
        for resource in document["Resources"].values():
            if resource["Type"] != "AWS::IAM::Policy":
                continue
            statements = resource["Properties"]["PolicyDocument"]["Statement"]
            for one in [one for one in statements if one.get("Sid") == statement]:
                actions = one["Action"]
                listed = actions if isinstance(actions, list) else [actions]
                one["Action"] = [kept for kept in listed if kept != action]
                taken += len(listed) - len(one["Action"])
                if not one["Action"]:
                    statements.remove(one)
        assert taken == 1
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
def test_threat_79_a_missing_permission_is_named(
    statement: str, action: str, body: bytes | None, words: str
) -> None:
    """The line says which permission; the event is kept; nothing is written."""
    with running(edit=_without(statement, action)) as stack:
        put(stack, "a.png", body or images.png(20, 10))
        record = log_line(stack, "a.png")
        assert record["event"] == "image.failed"
        assert record["reason"] in ("access-denied", "queue-unavailable")
        assert words in record["message"]
        assert "a.png" in failed_message(stack, "a.png")
        assert resized(stack, "a.png") == {}


def test_threat_79_a_refusal_deletes_nothing() -> None:
    """Who may not read an original cannot know that it is gone."""
    with running() as stack:
        put(stack, "a.png", images.png(20, 10))
        log_line(stack, "a.png")
        _refuse_reading(stack)
        stack.s3().delete_object(Bucket=stack.original, Key="a.png")
        assert "a.png" in failed_message(stack, "a.png")
        assert len(resized(stack, "a.png")) == 3


def _refuse_reading(stack: Stack) -> None:
    """A bucket policy that shuts the function out, as an administrator may write."""
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
