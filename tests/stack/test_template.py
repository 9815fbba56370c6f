"""What the template grants, protects and promises."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local import deploy
from local.checkout import copy_project
from resize_on_upload.outputs.telemetry import ESSENTIAL_METRICS
from tools.parser import parser as commands_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stack.conftest import Synth

Document = dict[str, Any]


def resources(template: Document, kind: str) -> Iterator[Document]:
    for resource in template["Resources"].values():
        if resource["Type"] == kind:
            yield resource["Properties"]


def text(value: Any) -> str:
    """An ARN or a name with its intrinsic functions written out."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
    raise AssertionError(value)


def role_statements(template: Document) -> list[Document]:
    return [
        statement
        for policy in resources(template, "AWS::IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
    ]


# What CDK grants on the destination of failed invocations.
GRANTED_BY_CDK = ("SendMessage", "GetQueueAttributes", "GetQueueUrl")


def many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_the_function_may_do_this_and_nothing_else(template: Document) -> None:
    """Least privilege, written out: actions and where they hold."""
    found = {
        (action, text(resource))
        for statement in role_statements(template)
        for action in many(statement["Action"])
        for resource in many(statement["Resource"])
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
        # The rest is what S3 Batch Operations may do.
        ("s3:GetObject", f"{bucket}-jobs/*"),
        ("s3:GetObjectVersion", f"{bucket}-jobs/*"),
        ("s3:PutObject", f"{bucket}-jobs/*"),
        ("lambda:InvokeFunction", f"<{function}.Arn>"),
    }


@pytest.mark.parametrize("context", [{}, {"originalBucket": "my-uploads"}], ids=str)
def test_our_role_has_no_wildcard_resource(
    synth: Synth, context: dict[str, str]
) -> None:
    """Nor has that of CDK's function for existing buckets."""
    document = synth(**context)
    for resource in document["Resources"].values():
        if resource["Type"] != "AWS::IAM::Policy":
            continue
        for statement in resource["Properties"]["PolicyDocument"]["Statement"]:
            assert "*" not in many(statement["Resource"])
            assert not any("*" in action for action in many(statement["Action"]))


def test_a_new_bucket_needs_no_second_function(template: Document) -> None:
    assert len(list(resources(template, "AWS::Lambda::Function"))) == 1


def test_only_our_bucket_of_our_account_may_invoke(template: Document) -> None:
    (permission,) = resources(template, "AWS::Lambda::Permission")
    assert permission["Principal"] == "s3.amazonaws.com"
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert text(permission["SourceArn"]).endswith("-original")


def test_every_bucket_is_closed_encrypted_and_kept(template: Document) -> None:
    buckets = [
        resource
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::S3::Bucket"
    ]
    names = [text(bucket["Properties"]["BucketName"]) for bucket in buckets]
    assert [name.rsplit("-", 1)[1] for name in names] == ["original", "resized", "jobs"]
    for bucket in buckets:
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
        closed = bucket["Properties"]["PublicAccessBlockConfiguration"]
        assert len(closed) == 4
        assert all(closed.values())
        assert "BucketEncryption" in bucket["Properties"]
    for policy in resources(template, "AWS::S3::BucketPolicy"):
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_originals_are_versioned_and_only_they_notify(template: Document) -> None:
    original, *others = resources(template, "AWS::S3::Bucket")
    assert original["VersioningConfiguration"] == {"Status": "Enabled"}
    for bucket in others:
        assert "NotificationConfiguration" not in bucket


def listened_to(template: Document) -> set[str]:
    original = next(resources(template, "AWS::S3::Bucket"))
    listed = original["NotificationConfiguration"]["LambdaConfigurations"]
    return {notification["Event"] for notification in listed}


def test_s3_tells_of_every_change_of_content(template: Document, synth: Synth) -> None:
    """Lifecycle expiry is no ObjectRemoved; deletes can be left out."""
    written = {"s3:ObjectCreated:*", "s3:ObjectRestore:Completed"}
    deleted = {"s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"}
    assert listened_to(template) == written | deleted
    assert listened_to(synth(mirrorDeletes="false")) == written


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


def alarms(template: Document) -> dict[str, Document]:
    """Alarms by the name that the documents use."""
    return {
        name.removeprefix("Monitoring")[:-8]: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    }


def test_every_alarm_goes_to_one_topic_and_says_what_to_do(template: Document) -> None:
    documented = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    found = alarms(template)
    assert sorted(found) == [
        *("Errors", "ManyRejected", "NearMemoryLimit", "NearTimeout"),
        *("Runaway", "Throttles", "UploadsFailed"),
    ]
    for name, alarm in found.items():
        (action,) = alarm["AlarmActions"]
        assert action["Ref"].startswith("MonitoringAlarms")
        assert alarm["TreatMissingData"] == "notBreaching"
        assert f"| `{name}` |" in documented
        assert alarm["AlarmName"] == f"ResizeOnUpload-{name}"


@pytest.mark.parametrize("name", ["ResizeOnUpload", "S" * 128])
def test_an_alarm_s_e_mail_says_what_to_do(synth: Synth, name: str) -> None:
    """Whole commands to paste: who reads it at night has no checkout at hand."""
    parser = commands_parser()
    for short, alarm in alarms(synth(stackName=name)).items():
        told = text(alarm["AlarmDescription"])
        assert "docs/" not in told
        commands = re.findall(r"(?:aws|resize-on-upload) \w.*$", told, re.MULTILINE)
        assert commands, short
        assert all("--region <AWS::Region>" in command for command in commands)
        for command in re.findall(r"resize-on-upload (.*) --region", told):
            assert parser.parse_args(shlex.split(command)).stack_name == name
        # CloudFormation's names for a queue or a log group of this stack.
        longest = re.sub(r"<(\w+)(\.\w+)?>", lambda found: found[1] + "x" * 90, told)
        assert len(longest.replace("<AWS::Region>", "us-isof-south-1")) <= 1_024


def test_the_alarms_name_where_to_look(template: Document) -> None:
    """The queue or the log, as they are called in the account."""
    told = {name: text(a["AlarmDescription"]) for name, a in alarms(template).items()}
    places = {
        "UploadsFailed": ("<ResizerFailed", "<ResizerLogs", "redrive failed"),
        "ManyRejected": ("<ResizerRejected", "redrive rejected --dry-run"),
        "Errors": ("<ResizerLogs",),
        "NearTimeout": ("<ResizerLogs", "$.duration_ms > 24000"),
        "NearMemoryLimit": ("<ResizerLogs", "$.memory_mb >= 1415"),
        "Runaway": ("<ResizerLogs", "<ResizerResizeOnUpload"),
        "Throttles": ("get-account-settings",),
    }
    assert told.keys() == places.keys()
    for name, expected in places.items():
        assert all(one in told[name] for one in expected), told[name]


def test_alarms_may_publish_and_nobody_in_the_clear(template: Document) -> None:
    """A topic's own policy replaces the default one, which lets alarms publish."""
    (policy,) = resources(template, "AWS::SNS::TopicPolicy")
    deny, allow = sorted(
        policy["PolicyDocument"]["Statement"],
        key=lambda statement: str(statement["Effect"]),
        reverse=True,
    )
    assert allow["Effect"] == "Allow"
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Action"] == "sns:Publish"
    assert allow["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_thresholds_follow_the_settings(synth: Synth) -> None:
    found = alarms(synth(timeout="100", memorySize="1000"))
    assert found["NearTimeout"]["Threshold"] == 80_000  # milliseconds
    assert found["NearMemoryLimit"]["Threshold"] == 800
    assert found["UploadsFailed"]["Threshold"] == 1


def test_metrics_and_dashboard_can_be_left_out(synth: Synth) -> None:
    """What the function does not measure has no alarm."""
    document = synth(metrics="none", dashboard="false", alarmEmail="ops@example.com")
    assert sorted(alarms(document)) == [
        *("Errors", "NearTimeout", "Throttles", "UploadsFailed"),
    ]
    assert not list(resources(document, "AWS::CloudWatch::Dashboard"))
    (told,) = resources(document, "AWS::SNS::Subscription")
    assert (told["Protocol"], told["Endpoint"]) == ("email", "ops@example.com")


def test_the_dashboard_shows_what_the_function_measures(template: Document) -> None:
    """Each of our own metrics in it is one that log lines declare."""
    (board,) = resources(template, "AWS::CloudWatch::Dashboard")
    body = text(board["DashboardBody"])
    ours = set(re.findall(r'"ResizeOnUpload","(\w+)"', body))
    assert ours == {
        *("uploads", "sizes_written", "memory_mb", "cold_starts"),
        *("source_bytes", "bytes_written"),
    }
    assert ours <= ESSENTIAL_METRICS.keys()
    titles = re.findall(r'"title":"([^"]+)"', body)
    assert titles[:4] == [
        "Alarms",
        "Uploads and the sizes written of them",
        "Rejected uploads, by reason",
        "Failed uploads, and the age of the oldest",
    ]


UNITS = {
    "ApproximateAgeOfOldestMessage": "seconds",
    "Duration": "ms",
    "memory_mb": "MB",
    "source_bytes": "bytes",
    "bytes_written": "bytes",
}


def test_no_axis_of_the_dashboard_has_two_units(template: Document) -> None:
    """One failed upload beside 86,400 seconds is invisible on the same axis."""
    (board,) = resources(template, "AWS::CloudWatch::Dashboard")
    widgets = json.loads(text(board["DashboardBody"]))["widgets"]
    graphs = [one["properties"] for one in widgets if one["type"] == "metric"]
    for graph in graphs:
        axes = graph["yAxis"]
        units: dict[str, set[str]] = {"left": set(), "right": set()}
        for row in graph["metrics"]:
            options = row[-1] if isinstance(row[-1], dict) else {}
            if "expression" not in options and options.get("visible", True):
                units[options.get("yAxis", "left")].add(UNITS.get(row[1], "count"))
        for side, found in units.items():
            assert len(found) <= 1
            assert bool(found) <= bool(axes.get(side, {}).get("label"))
            if found - {"count"}:
                assert axes[side]["label"] in found
    assert sum("right" in graph["yAxis"] for graph in graphs) == 2


def test_the_dashboard_has_a_url_where_there_is_one(
    synth: Synth, template: Document
) -> None:
    url = text(template["Outputs"]["DashboardUrl"]["Value"])
    (board,) = (name for name in template["Resources"] if "Dashboard" in name)
    assert re.fullmatch(rf"https://<AWS::Region>\.\S+#dashboards:name=<{board}>", url)
    assert "DashboardUrl" not in synth(dashboard="false")["Outputs"]


def test_only_who_tells_eventbridge_may(tmp_path: Path, template: Document) -> None:
    project = copy_project(tmp_path / "checkout")
    sizes = {"sizes": ["150x"], "manifest": True}
    (project / "config" / "sizes.json").write_text(json.dumps(sizes))
    file = deploy.synth(tmp_path / "out", {"completionEvents": "true"}, project)
    document = json.loads(file.read_text())
    actions, bus = _granted(document)["TellEventBridge"]
    assert actions == {"events:PutEvents"}
    assert bus.endswith(":event-bus/default")
    (function,) = resources(document, "AWS::Lambda::Function")
    assert function["Environment"]["Variables"]["COMPLETION_EVENTS"] == "true"
    assert "TellEventBridge" not in _granted(template)


def test_sizes_expire_where_wanted(synth: Synth) -> None:
    """And the command line is told, so that `plan` knows."""
    document = synth(resizedExpirationDays="90")
    resized = list(resources(document, "AWS::S3::Bucket"))[1]
    rules = resized["LifecycleConfiguration"]["Rules"]
    days = [rule.get("ExpirationInDays") for rule in rules]
    assert days == [None, 90]
    assert document["Outputs"]["ResizedExpirationDays"]["Value"] == "90"


def test_uploaders_may_upload_and_nothing_else(
    synth: Synth, template: Document
) -> None:
    assert not list(resources(template, "AWS::IAM::ManagedPolicy"))
    (policy,) = resources(synth(uploaderPolicy="true"), "AWS::IAM::ManagedPolicy")
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Allow"
    assert set(statement["Action"]) == {"s3:PutObject", "s3:AbortMultipartUpload"}
    assert text(statement["Resource"]).endswith("-original/*")


def test_two_queries_of_the_log_are_ready(template: Document) -> None:
    found = list(resources(template, "AWS::Logs::QueryDefinition"))
    assert [query["Name"] for query in found]
    assert len(found) == 2


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


@pytest.mark.parametrize(
    ("choice", "emptied"),
    [
        ("keep", set()),
        ("delete-resized", {"resized", "jobs"}),
        ("delete-all", {"original", "resized", "jobs"}),
    ],
)
def test_destroy_removes_what_was_chosen(
    synth: Synth, choice: str, emptied: set[str]
) -> None:
    """A bucket that goes is emptied, else it could not go; all others stay."""
    document = synth(bucketPrefix="pics", onDestroy=choice)
    deleted, autos = set(), set()
    for name, resource in document["Resources"].items():
        if resource["Type"] == "AWS::S3::Bucket":
            short = resource["Properties"]["BucketName"].removeprefix("pics-")
            if resource["DeletionPolicy"] == "Delete":
                deleted.add(short)
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"]
        if resource["Type"] == "Custom::S3AutoDeleteObjects":
            (bucket,) = resource["Properties"]["BucketName"].values()
            properties = document["Resources"][bucket]["Properties"]
            autos.add(properties["BucketName"].removeprefix("pics-"))
        assert name
    assert deleted == autos == emptied


KEYS = {
    "originalKmsKey": (
        "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-123456789000"
    ),
    "resizedKmsKey": (
        "arn:aws:kms:eu-central-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab"
    ),
}


def _granted(document: Document) -> dict[str, tuple[set[str], str]]:
    """The function's rights by statement: actions and resource."""
    found: dict[str, tuple[set[str], str]] = {}
    for policy in resources(document, "AWS::IAM::Policy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            listed = {actions} if isinstance(actions, str) else set(actions)
            found[statement.get("Sid", "")] = (listed, text(statement["Resource"]))
    return found


def test_keys_of_one_s_own_extend_the_rights_by_just_what_they_need(
    synth: Synth, template: Document
) -> None:
    document = synth(**KEYS, uploaderPolicy="true")
    added = {
        sid: grant
        for sid, grant in _granted(document).items()
        if sid not in _granted(template)
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


def test_tags_extend_the_rights_by_just_what_they_need(
    synth: Synth, template: Document
) -> None:
    document = synth(bucketPrefix="pics", carryOver="tag:Team")
    before, after = _granted(synth(bucketPrefix="pics")), _granted(document)
    assert {sid: after[sid][0] for sid in after.keys() - before.keys()} == {
        "ReadTags": {"s3:GetObjectTagging"},
        "WriteTags": {"s3:PutObjectTagging"},
    }
    assert _granted(template).keys() == before.keys()


def test_an_existing_bucket_is_not_touched_but_listened_to(synth: Synth) -> None:
    document = synth(originalBucket="my-uploads", bucketPrefix="my-photos")
    buckets = [
        bucket["BucketName"] for bucket in resources(document, "AWS::S3::Bucket")
    ]
    assert buckets == ["my-photos-resized", "my-photos-jobs"]
    (custom,) = resources(document, "Custom::S3BucketNotifications")
    assert custom["BucketName"] == "my-uploads"
    permission = next(resources(document, "AWS::Lambda::Permission"))
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}


def test_refreshing_the_image_changes_only_the_image(synth: Synth) -> None:
    """The way security fixes come in: another asset, nothing else."""
    before, after = json.dumps(synth()), json.dumps(synth(imageRefresh="2026-12"))
    assert before != after
    tag = re.compile(r":[0-9a-f]{64}")
    assert tag.sub("", before) == tag.sub("", after)


def test_the_outputs_are_an_interface(template: Document) -> None:
    """Scripts read them: the names stay, each says what it is."""
    outputs = template["Outputs"]
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


def test_cfn_lint_finds_nothing(template_path: Path) -> None:
    """But CDK's own redundant DependsOn (W3005)."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            *("--ignore-checks", "W3005"),
            *("--template", template_path),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout
