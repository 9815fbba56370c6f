"""The function, its queues and the outputs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.templates import resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth


def test_the_tests_see_what_is_deployed(template: Document, synth: Synth) -> None:
    """`template` is of app.py alone, `synth` of a process that writes many."""
    assert synth(originalBucket="my-uploads") != synth() == template


def test_a_new_bucket_needs_no_second_function(template: Document) -> None:
    assert len(list(resources(template, "AWS::Lambda::Function"))) == 1


def test_threat_83_failures_are_retried_then_kept(
    template: Document,
) -> None:
    (config,) = resources(template, "AWS::Lambda::EventInvokeConfig")
    assert config["MaximumRetryAttempts"] == 2
    assert config["MaximumEventAgeInSeconds"] == 6 * 3600
    destination = text(config["DestinationConfig"]["OnFailure"]["Destination"])
    queues = {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::SQS::Queue"
    }
    (failed,) = (name for name in queues if "Failed" in name)
    assert destination == f"<{failed}.Arn>"
    (rejected,) = (name for name in queues if "Rejected" in name)
    (function,) = resources(template, "AWS::Lambda::Function")
    variables = function["Environment"]["Variables"]
    assert text(variables["REJECTED_QUEUE_URL"]) == f"<{rejected}>"
    for queue in queues.values():
        assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert queue["SqsManagedSseEnabled"]


def test_settings_reach_the_function(synth: Synth) -> None:
    document = synth(
        bucketPrefix="my-photos",
        architecture="arm64",
        memorySize="1024",
        timeout="30",
        reservedConcurrency="7",
        logRetentionDays="14",
    )
    (function,) = resources(document, "AWS::Lambda::Function")
    assert function["Architectures"] == ["arm64"]
    assert (function["MemorySize"], function["Timeout"]) == (1024, 30)
    assert function["ReservedConcurrentExecutions"] == 7
    variables = function["Environment"]["Variables"]
    assert variables["ORIGINAL_BUCKET"] == "my-photos-original"
    assert variables["RESIZED_BUCKET"] == "my-photos-resized"
    assert next(resources(document, "AWS::Logs::LogGroup"))["RetentionInDays"] == 14


def test_an_image_refresh_changes_only_the_image(synth: Synth) -> None:
    """It brings in security fixes: another asset, nothing else."""
    before, after = json.dumps(synth()), json.dumps(synth(imageRefresh="2026-12"))
    assert before != after
    tag = re.compile(r":[0-9a-f]{64}")
    assert tag.sub("", before) == tag.sub("", after)


def test_the_outputs_are_an_interface(template: Document, delivery: Document) -> None:
    """Scripts rely on the names; each output has a description."""
    outputs = template["Outputs"]
    url = delivery["Outputs"]["Url"]
    assert re.fullmatch(r"https://<\w+\.DomainName>/", text(url["Value"]))
    assert all(output["Description"] for output in delivery["Outputs"].values())
    assert delivery["Outputs"].keys() - outputs.keys() == {
        *("DistributionId", "OnRequestFunctionName", "OnRequestLogGroupName", "Url"),
    }
    assert sorted(outputs) == [
        "AlarmTopicArn",
        "BatchRoleArn",
        "DashboardUrl",
        "FailedQueueUrl",
        "FunctionName",
        "JobsBucketName",
        "LogGroupName",
        "OriginalBucketName",
        "RejectedQueueUrl",
        "ResizedBucketName",
        "TryIt",
        "Version",
    ]
    assert all(output["Description"] for output in outputs.values())
    assert text(outputs["TryIt"]["Value"]).startswith("aws s3 cp photo.jpg s3://")


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"delivery": "true"},
        {"delivery": "true", "uploadPage": "true"},
        {"sweep": "weekly", "backfillConcurrency": "9"},
        {"inventoryTables": "true"},
    ],
    ids=str,
)
def test_cfn_lint_finds_nothing(
    synth: Synth, tmp_path: Path, context: dict[str, str]
) -> None:
    """Except CDK's own redundant DependsOn (W3005)."""
    template = tmp_path / "template.json"
    template.write_text(json.dumps(synth(**context)))
    done = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            *("--ignore-checks", "W3005"),
            *("--template", template),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
