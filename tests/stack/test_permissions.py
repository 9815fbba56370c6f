"""The permissions that the template grants, and to whom."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.deployment import deploy
from local.deployment.checkout import copy_project
from tests.support.templates import as_list, grants, resources, text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.templates import Document, Synth


def role_statements(template: Document) -> list[Document]:
    return [
        statement
        for policy in resources(template, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
    ]


# CDK grants these on the destination of failed invocations.
GRANTED_BY_CDK = ("SendMessage", "GetQueueAttributes", "GetQueueUrl")


def test_the_roles_have_these_permissions_only(template: Document) -> None:
    """Least privilege, written out: actions and resources."""
    found = {
        (action, text(resource))
        for statement in role_statements(template)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }
    bucket = "arn:<AWS::Partition>:s3:::resize-<AWS::AccountId>-<AWS::Region>"
    logs, failed, rejected, function = (
        next(name for name in template["Resources"] if name.startswith(start))
        for start in (
            "ResizerLogs",
            "ResizerFailed",
            "ResizerRejected",
            "ResizerResize",
        )
    )
    assert found == {
        ("s3:GetObject", f"{bucket}-original/*"),
        ("s3:ListBucket", f"{bucket}-original"),
        ("s3:GetObject", f"{bucket}-resized/*"),
        ("s3:PutObject", f"{bucket}-resized/*"),
        ("s3:DeleteObject", f"{bucket}-resized/*"),
        ("s3:ListBucket", f"{bucket}-resized"),
        *((f"sqs:{action}", f"<{failed}.Arn>") for action in GRANTED_BY_CDK),
        ("sqs:SendMessage", f"<{rejected}.Arn>"),
        ("logs:CreateLogStream", f"<{logs}.Arn>"),
        ("logs:PutLogEvents", f"<{logs}.Arn>"),
        # The rest is the role of S3 Batch Operations.
        ("s3:GetObject", f"{bucket}-jobs/*"),
        ("s3:GetObjectVersion", f"{bucket}-jobs/*"),
        ("s3:PutObject", f"{bucket}-jobs/*"),
        ("s3:PutInventoryConfiguration", f"{bucket}-original"),
        ("lambda:InvokeFunction", f"<{function}.Arn>"),
    }


@pytest.mark.parametrize(
    "context",
    [{}, {"originalBucket": "my-uploads"}, {"delivery": "true"}],
    ids=str,
)
def test_no_policy_has_a_wildcard(synth: Synth, context: dict[str, str]) -> None:
    """Including that of CDK's function for existing buckets."""
    document = synth(**context)
    for resource in document["Resources"].values():
        if resource["Type"] != "AWS::IAM::Policy":
            continue
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
            assert "*" not in as_list(statement["Resource"])
            assert not any("*" in action for action in as_list(statement["Action"]))


def test_only_the_original_bucket_in_this_account_may_invoke(
    template: Document,
) -> None:
    (permission,) = resources(template, "AWS::Lambda::Permission")
    assert permission["Principal"] == "s3.amazonaws.com"
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert text(permission["SourceArn"]).endswith("-original")


def test_publishing_events_is_allowed_only_if_configured(
    tmp_path: Path, template: Document
) -> None:
    project = copy_project(tmp_path / "checkout")
    sizes = {"sizes": ["150x"], "manifest": True}
    (project / "config" / "sizes.json").write_text(json.dumps(sizes))
    file = deploy.synth(tmp_path / "out", {"completionEvents": "true"}, project)
    document = json.loads(file.read_text())
    actions, bus = grants(document)["TellEventBridge"]
    assert actions == {"events:PutEvents"}
    assert bus.endswith(":event-bus/default")
    (function,) = resources(document, "AWS::Lambda::Function")
    assert function["Environment"]["Variables"]["COMPLETION_EVENTS"] == "true"
    assert "TellEventBridge" not in grants(template)


def test_the_uploader_policy_allows_uploads_only(
    synth: Synth, template: Document
) -> None:
    assert not list(resources(template, "AWS::IAM::ManagedPolicy"))
    (policy,) = resources(synth(uploaderPolicy="true"), "AWS::IAM::ManagedPolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert set(statement["Action"]) == {"s3:PutObject", "s3:AbortMultipartUpload"}
    assert text(statement["Resource"]).endswith("-original/*")


KEYS = {
    "originalKmsKey": (
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-123456789000"
    ),
    "resizedKmsKey": (
        "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    ),
}


def test_kms_keys_add_the_permissions_they_need(
    synth: Synth, template: Document
) -> None:
    document = synth(**KEYS, uploaderPolicy="true")
    added = {
        sid: grant
        for sid, grant in grants(document).items()
        if sid not in grants(template)
    }
    original, resized = KEYS.values()
    assert added == {
        "DecryptOriginals": ({"kms:Decrypt"}, original),
        "EncryptResized": ({"kms:Decrypt", "kms:GenerateDataKey"}, resized),
    }
    used = [
        bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"][0][
            "ServerSideEncryptionByDefault"
        ].get("KMSMasterKeyID")
        for bucket in resources(document, "AWS::S3::Bucket")
    ]
    assert used == [original, resized, None]
    (policy,) = resources(document, "AWS::IAM::ManagedPolicy")
    assert original in json.dumps(policy["PolicyDocument"])


def test_tags_add_the_permissions_they_need(synth: Synth, template: Document) -> None:
    document = synth(bucketPrefix="pics", carryOver="tag:Team")
    before, after = grants(synth(bucketPrefix="pics")), grants(document)
    assert {sid: after[sid][0] for sid in after.keys() - before.keys()} == {
        "ReadTags": {"s3:GetObjectTagging"},
        "WriteTags": {"s3:PutObjectTagging"},
    }
    assert grants(template).keys() == before.keys()
