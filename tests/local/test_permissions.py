"""The template's grants are enforced, and a missing one is named."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.stack import running
from tests import pictures
from tests.local.test_upload import failed, line, put, resized


def _without(action: str) -> Any:
    """A change of the template that takes one action from the function's role."""

    def edit(template: str) -> str:
        document = json.loads(template)
        for resource in document["Resources"].values():
            if resource["Type"] == "AWS::IAM::Policy":
                policy = resource["Properties"]["PolicyDocument"]
                policy["Statement"] = [
                    statement
                    for statement in policy["Statement"]
                    if statement["Action"] != action
                ]
        changed = json.dumps(document)
        assert action not in changed
        return changed

    return edit


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:PutObject"])
def test_threat_79_a_missing_permission_is_named(action: str) -> None:
    """The line says which permission; the event is kept; nothing is written."""
    with running(edit=_without(action)) as stack:
        put(stack, "a.png", pictures.png(20, 10))
        record = line(stack, "a.png")
        assert record["event"] == "image.failed"
        assert record["reason"] == "AccessRefused"
        assert f"Grant {action} to the function's role" in record["message"]
        assert "a.png" in failed(stack, "a.png")
        assert resized(stack, "a.png") == {}
