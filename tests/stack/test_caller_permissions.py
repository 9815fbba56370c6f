"""docs/permissions.md: policies that are enough, and no more, for the commands."""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore import xform_name
from botocore.session import Session

from resize_on_upload_cli import commands
from scripts.permissions.document import DOCUMENT, written
from scripts.permissions.groups import GROUPS
from scripts.permissions.resources import STACK
from tests.support import shell_commands
from tests.support.templates import as_list, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from scripts.permissions.policy import Group
    from tests.support.templates import Document, Synth

ROOT = Path(__file__).parents[2]
WITHOUT_AWS = {"preview", "check", "completion"}

# Methods whose permission has another name than the method.
OTHER_NAMES = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3control:CreateJob": "s3:CreateJob",
    "s3control:DescribeJob": "s3:DescribeJob",
    "s3control:ListJobs": "s3:ListJobs",
    "lambda:Invoke": "lambda:InvokeFunction",
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
    "s3:DeleteBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetBucketMetadataConfiguration": "s3:GetBucketMetadataTableConfiguration",
}
# Methods whose names are also those of functions here.
NOT_CALLED = {"sign"}
# What no method has the name of.
IMPLIED = {
    "iam:PassRole": "CreateJob passes the role on",
    "s3:DeleteObjectVersion": "smoke deletes the versions that it made",
    "sts:AssumeRole": "the CDK takes on its own roles",
    "sqs:SendMessage": "SQS moves failed uploads back as whoever asks",
    "athena:GetDataCatalog": "Athena looks up the catalog of a query",
    **dict.fromkeys(
        (
            *("glue:GetDatabase", "glue:GetTable", "lakeformation:GetDataAccess"),
            *("s3tables:GetTableBucket", "s3tables:GetNamespace", "s3tables:GetTable"),
            *("s3tables:GetTableData", "s3tables:GetTableMetadataLocation"),
        ),
        "Athena reads the tables as whoever asks",
    ),
    **dict.fromkeys(
        (
            *("s3:GetBucketLocation", "s3:ListBucketMultipartUploads"),
            *("s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"),
        ),
        "Athena writes the result as whoever asks",
    ),
}


def _actions(*names: str) -> set[str]:
    """The actions of some groups; of all without names."""
    return {
        action
        for group in GROUPS
        if group.name in names or not names
        for statement in group.statements
        for action in statement.actions
    }


def _methods() -> dict[str, str]:
    """A method of the SDK → its action, for each service that is used."""
    found: dict[str, str] = {}
    for service in (
        *("s3", "s3control", "sqs", "lambda", "cloudformation"),
        *("cloudwatch", "cloudfront", "logs", "sns", "kms", "athena", "glue"),
    ):
        model = Session().get_service_model(service)
        for name in model.operation_names:
            action = f"{service}:{name}"
            action = OTHER_NAMES.get(action, action)
            found.setdefault(xform_name(name), action)
    return {name: action for name, action in found.items() if name not in NOT_CALLED}


def _called() -> Iterator[str]:
    """Every method of the SDK that the commands call, or page through."""
    methods = _methods()
    for file in (ROOT / "resize_on_upload_cli").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            name = ""
            match node:
                case ast.Call(ast.Attribute(attr="get_paginator"), [argument]):
                    name = ast.literal_eval(argument)
                case ast.Attribute(attr=name):
                    pass
            if name in methods:
                yield methods[name]


def test_the_document_has_the_policies_of_the_table() -> None:
    """`make reference` writes them."""
    document = DOCUMENT.read_text()
    assert written(document) == document


def test_every_command_is_in_one_group() -> None:
    listed = [name for group in GROUPS for name in group.commands]
    assert sorted(listed) == sorted(commands.SUMMARIES.keys() - WITHOUT_AWS)


def test_the_policies_allow_what_the_commands_call_and_nothing_else() -> None:
    groups = (group.name for group in GROUPS if group.name != "emergency")
    of_commands = _actions(*groups) - IMPLIED.keys()
    assert of_commands == set(_called())


def test_the_emergency_policy_allows_the_commands_of_the_runbook() -> None:
    """Beyond what `look` allows: `aws logs tail` needs logs:FilterLogEvents."""
    runbook = (ROOT / "docs" / "runbook.md").read_text()
    needed = set()
    methods = _methods()
    for command in shell_commands.shown(runbook):
        program, service, operation, *_ = [*command.split(), "", ""]
        if program == "aws" and (service, operation) != ("logs", "tail"):
            needed.add(methods[operation.replace("-", "_")])
    assert _actions("emergency") == needed - _actions("look")


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_a_policy_fits_into_iam(group: Group) -> None:
    """6,144 characters without spaces; every action exists once."""
    actions = [one for part in group.statements for one in part.actions]
    assert all(action.count(":") == 1 for action in actions)
    assert len(str(group.policy())) < 6_144
    reads_only = all(
        action.split(":")[1].startswith(
            ("Get", "List", "Describe", "Filter", "Receive")
        )
        or action == "sqs:ChangeMessageVisibility"
        for action in actions
    )
    assert reads_only == (group.name in ("look", "diagnose"))


def _named(document: Document) -> Iterator[str]:
    """The ARN of every resource that has one of the policies' kinds."""
    kinds = {
        "AWS::Lambda::Function": "lambda:r:1:function:",
        "AWS::SQS::Queue": "sqs:r:1:",
        "AWS::Logs::LogGroup": "logs:r:1:log-group:",
    }
    for name, resource in document["Resources"].items():
        properties: dict[str, Any] = resource.get("Properties", {})
        if resource["Type"] == "AWS::S3::Bucket":
            yield "arn:aws:s3:::" + _resolved(properties["BucketName"])
        elif resource["Type"] == "AWS::Athena::WorkGroup":
            yield f"arn:aws:athena:r:1:workgroup/{properties['Name']}"
        elif kind := kinds.get(resource["Type"]):
            yield f"arn:aws:{kind}{STACK}-{name}-x"
        elif name.startswith("BackfillRole") and resource["Type"].endswith("Role"):
            yield f"arn:aws:iam::1:role/{STACK}-{name}-x"


def _resolved(name: Any) -> str:
    shown = text(name)
    return shown.replace("<AWS::AccountId>", "1").replace("<AWS::Region>", "r")


def test_every_resource_of_the_stack_is_covered(synth: Synth) -> None:
    """By the names that CloudFormation gives, or the template."""
    patterns = {
        resource
        for group in GROUPS
        for statement in group.policy()["Statement"]
        for resource in as_list(statement["Resource"])
        if resource != "*"
    }
    document = synth(delivery="true", inventoryTables="true")
    arns = list(_named(document))
    assert len(arns) >= 10
    for arn in arns:
        of_a_cdk_function = "CustomS3" in arn or "BucketNotifications" in arn
        covered = any(fnmatchcase(arn, pattern) for pattern in patterns)
        assert covered or of_a_cdk_function, arn
