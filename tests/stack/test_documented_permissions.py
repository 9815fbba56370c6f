"""The table of permissions in docs/security.md, compared with the template."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.templates import as_list, resources, text

if TYPE_CHECKING:
    from tests.support.templates import Synth

SECURITY = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
ROWS: dict[str, str] = dict(
    re.findall(
        r"^\| (.+?) \| (.+) \|$",
        SECURITY.split("## Permissions")[1].split("\n## ")[0],
        re.MULTILINE,
    )
)

# The beginning of a role's logical id → a text in its row.
ROLES = {
    "ResizerRole": "the function",
    "OnRequestRole": "the on-request function, only with [`delivery`](delivery.md)",
    "UploadPageRole": (
        "the upload page's function, only with [`uploadPage`](upload-page.md#on-aws)"
    ),
    "BackfillRole": "S3 Batch Operations",
    "BackfillSweepRole": "Step Functions, only with",
    "BackfillSweepScheduleRole": "EventBridge Scheduler, only with",
    "BucketNotificationsHandler": "`BucketNotificationsHandler`",
    "CustomS3AutoDeleteObjects": "`CustomS3AutoDeleteObjects`",
}
ADDED_BY_CDK = ("BucketNotificationsHandler", "CustomS3AutoDeleteObjects")
SETTINGS = [
    {},
    {"originalBucket": "my-uploads", "bucketPrefix": "pics"},
    {"onDestroy": "delete-resized", "bucketPrefix": "pics"},
    {"delivery": "true", "bucketPrefix": "pics"},
    {"delivery": "true", "invalidate": "true", "bucketPrefix": "pics"},
    {"delivery": "true", "uploadPage": "true", "bucketPrefix": "pics"},
    {"onDestroy": "delete-all", "bucketPrefix": "pics"},
    {"backfillConcurrency": "9", "bucketPrefix": "pics"},
    {"backfillConcurrency": "9", "sweep": "weekly", "bucketPrefix": "pics"},
    {"originalBucket": "my-uploads", "onDestroy": "delete-all", "bucketPrefix": "pics"},
]


def _row(role: str) -> str:
    (row,) = (row for start, row in ROLES.items() if role.startswith(start))
    (found,) = (actions for who, actions in ROWS.items() if row in who)
    return found


def _statements(document: dict[str, Any], role: str) -> list[dict[str, Any]]:
    """Every permission of a role: inline, attached, or in a bucket policy."""
    found: list[dict[str, Any]] = []
    for one in document["Resources"][role]["Properties"].get("Policies", []):
        found += one["PolicyDocument"]["Statement"]
    for one in resources(document, "AWS::IAM::Policy"):
        if {"Ref": role} in one["Roles"]:
            found += one["PolicyDocument"]["Statement"]
    for one in resources(document, "AWS::S3::BucketPolicy"):
        arn = {"AWS": {"Fn::GetAtt": [role, "Arn"]}}
        statements = one["PolicyDocument"]["Statement"]
        found += [part for part in statements if part["Principal"] == arn]
    return found


def _roles(document: dict[str, Any]) -> list[str]:
    listed = document["Resources"].items()
    return [name for name, one in listed if one["Type"] == "AWS::IAM::Role"]


@pytest.mark.parametrize("context", SETTINGS, ids=str)
def test_every_role_has_a_row_in_the_documents(
    synth: Synth, context: dict[str, str]
) -> None:
    """The row of a role that CDK adds lists every action."""
    document = synth(**context)
    for role in _roles(document):
        row = _row(role)
        assert "ManagedPolicyArns" not in document["Resources"][role]["Properties"]
        for statement in _statements(document, role):
            for action in (
                as_list(statement["Action"]) if role.startswith(ADDED_BY_CDK) else ()
            ):
                assert f"`{action}`" in row, (role, action)


def test_the_roles_that_cdk_adds_have_access_to_documented_buckets_only(
    synth: Synth,
) -> None:
    """Their own log, and the existing bucket or the deleted ones."""
    document = synth(**SETTINGS[-1])
    for role in _roles(document):
        if not role.startswith(ADDED_BY_CDK):
            continue
        reached = {
            text(resource)
            for statement in _statements(document, role)
            for resource in as_list(statement["Resource"])
        }
        expected = {
            "BucketNotif": [r"arn:<AWS::Partition>:s3:::my-uploads"],
            "CustomS3Aut": [
                r"<(Resized|Jobs)\w+\.Arn>",
                r"<(Resized|Jobs)\w+\.Arn>/\*",
            ],
        }[role[:11]]
        expected.append(r"<\w+Logs\w*\.Arn>")
        for name in reached:
            assert any(re.fullmatch(one, name) for one in expected), name


@pytest.mark.parametrize("context", SETTINGS, ids=str)
def test_every_function_s_log_expires(synth: Synth, context: dict[str, str]) -> None:
    """And is deleted with the stack: no function may create log groups."""
    document = synth(**context, logRetentionDays="14")
    groups = {
        name: one
        for name, one in document["Resources"].items()
        if one["Type"] == "AWS::Logs::LogGroup"
    }
    functions = list(resources(document, "AWS::Lambda::Function"))
    used = {function["LoggingConfig"]["LogGroup"]["Ref"] for function in functions}
    assert used == groups.keys()
    # The function for backfills logs into the same group as that for uploads.
    assert len(used) == len(functions) - ("backfillConcurrency" in context)
    for group in groups.values():
        assert group["Properties"]["RetentionInDays"] == 14
        assert group.get("DeletionPolicy", "Delete") == "Delete"
