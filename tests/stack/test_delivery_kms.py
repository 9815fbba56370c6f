"""resizedKmsKey with delivery: CloudFront needs a statement in the key's policy."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.deployment import deploy
from tests.support.templates import alarms, text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.templates import Document, Synth

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
CONTEXT = {"delivery": "true", "resizedKmsKey": KEY}


@pytest.fixture(scope="module")
def encrypted(synth: Synth) -> Document:
    return synth(**CONTEXT)


def test_kms_and_delivery_print_the_statement_to_add(encrypted: Document) -> None:
    output = encrypted["Outputs"]["KeyPolicyStatement"]
    statement = json.loads(text(output["Value"]))
    source = statement["Condition"]["StringEquals"].pop("AWS:SourceArn")
    assert statement == {
        "Sid": "LetCloudFrontReadVariants",
        "Effect": "Allow",
        "Principal": {"Service": "cloudfront.amazonaws.com"},
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {"StringEquals": {}},
    }
    account = "arn:<AWS::Partition>:cloudfront::<AWS::AccountId>"
    assert source.startswith(f"{account}:distribution/<DeliveryDistribution")


def test_kms_and_delivery_change_no_key(encrypted: Document) -> None:
    """The stack does not own it, and no function is added to change its policy."""
    types = [one["Type"] for one in encrypted["Resources"].values()]
    assert types.count("AWS::Lambda::Function") == 2
    assert not [name for name in types if "KMS" in name or name.startswith("Custom::")]


def test_kms_and_delivery_warn_at_synth(tmp_path: Path) -> None:
    """In our words: CDK's own warnings are about a statement that it did not add."""
    template = deploy.synth(tmp_path / "out", CONTEXT)
    file = template.with_name(template.name.replace(".template.", ".metadata."))
    entries = json.loads(file.read_text()).values()
    warnings = [
        entry["data"]
        for listed in entries
        for entry in listed
        if entry["type"] == "aws:cdk:warning"
    ]
    (warning,) = warnings
    assert "resizedKmsKey has the statement in the output KeyPolicyStatement" in warning


def test_the_alarm_on_refusals_mentions_the_key(
    encrypted: Document, delivery: Document
) -> None:
    described = {
        name: text(alarms(template)["S3RefusesCloudFront"]["AlarmDescription"])
        for name, template in (("kms", encrypted), ("s3", delivery))
    }
    assert "the output KeyPolicyStatement" in described["kms"]
    assert "KMS" not in described["s3"]
    assert "KeyPolicyStatement" not in delivery["Outputs"]
