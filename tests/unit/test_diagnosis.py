"""`doctor --stack`: what it finds, what it says to do, and what it cannot know."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from resize_on_upload.events.envelopes import reconcile_event
from tests.support import diagnosed_stack as aws
from tests.support.diagnosed_stack import DiagnosedStack
from tests.support.fake_account import client_error
from tests.support.fake_stack import (
    FAILED,
    ORIGINAL,
    REJECTED,
    RESIZED,
    run_command,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = '{"sizes": ["9x"]}'
COMMAND = "doctor --stack --json"


@pytest.fixture
def stack() -> DiagnosedStack:
    """A stack without a fault."""
    return DiagnosedStack(SIZES)


def _findings(
    stack: DiagnosedStack, capsys: pytest.CaptureFixture[str]
) -> tuple[int, dict[str, dict[str, Any]]]:
    """Return the exit code, and check → its line."""
    code = run_command(stack, COMMAND)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return code, {line["check"]: line for line in lines}


def _not_ok(
    stack: DiagnosedStack, capsys: pytest.CaptureFixture[str]
) -> dict[str, str]:
    """Return check → message of those that failed; nothing else may be unknown."""
    _, found = _findings(stack, capsys)
    assert all(line["state"] != "unknown" for line in found.values())
    failed = {name: one for name, one in found.items() if one["state"] == "failed"}
    assert all(one["advice"] for one in failed.values())
    return {name: one["message"] for name, one in failed.items()}


def test_a_stack_without_a_fault(
    stack: DiagnosedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = _findings(stack, capsys)
    assert code == 0
    assert {line["state"] for line in found.values()} == {"ok"}
    assert len(found) >= 15
    assert run_command(stack, "doctor --stack") == 0
    assert len(capsys.readouterr().out.splitlines()) == len(found)


INTAKE = "https://sqs/ResizeOnUpload-Intake"
Change = tuple[str, Any]
TO_ANOTHER = {"LambdaFunctionArn": f"{aws.ARN}-other", "Events": ["s3:ObjectCreated:*"]}
ONLY_CREATED = {"LambdaFunctionArn": aws.ARN, "Events": ["s3:ObjectCreated:Put"]}
QUEUE = {
    "QueueArn": "arn:aws:sqs:r:1:ResizeOnUpload-Intake",
    "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"],
}
UNENCRYPTED = "ServerSideEncryptionConfigurationNotFoundError"
KMS = {"ApplyServerSideEncryptionByDefault": {"KMSMasterKeyID": "arn:key"}}
FAULTS: list[tuple[dict[Any, Any], dict[str, str]]] = [
    (
        {aws.ACCOUNT: {"AccountLimit": {"ConcurrentExecutions": 10}}},
        {"the account": "at most 10 functions at once"},
    ),
    (
        {aws.CONCURRENCY: {"ReservedConcurrentExecutions": 0}},
        {"concurrency": "resize is stopped: its reserved concurrency is 0"},
    ),
    ({aws.CONCURRENCY: {"ReservedConcurrentExecutions": 5}}, {}),
    (
        {aws.RETRIES: client_error("ResourceNotFoundException")},
        {"failed uploads are kept": "the destination is missing"},
    ),
    (
        {aws.SOURCES: {"EventSourceMappings": [
            {"EventSourceArn": "arn:q", "State": "Disabled"}
        ]}},
        {"event sources": "arn:q is Disabled"},
    ),
    ({aws.SOURCES: {"EventSourceMappings": [
        {"EventSourceArn": "arn:q", "State": "Enabled"}
    ]}}, {}),
    (
        {(aws.NOTIFICATIONS, ORIGINAL): {}},
        {"notifications": "original does not notify of uploads; original does not"},
    ),
    (
        {(aws.NOTIFICATIONS, ORIGINAL): {"LambdaFunctionConfigurations": [TO_ANOTHER]}},
        {"notifications": f"of uploads; it notifies {aws.ARN}-other"},
    ),
    (
        {(aws.NOTIFICATIONS, ORIGINAL): {
            "LambdaFunctionConfigurations": [ONLY_CREATED]
        }},
        {"notifications": "original does not notify of deletes"},
    ),
    ({(aws.NOTIFICATIONS, ORIGINAL): {"EventBridgeConfiguration": {}}}, {}),
    (
        {(aws.NOTIFICATIONS, ORIGINAL): {"QueueConfigurations": [QUEUE]}},
        {"notifications": "of uploads; it notifies arn:aws:sqs:r:1:ResizeOnUpload-Int"},
    ),
    (
        {(aws.NOTIFICATIONS, RESIZED): {
            "LambdaFunctionConfigurations": [ONLY_CREATED]
        }},
        {"no loop": "resized notifies the function of its own variants"},
    ),
    (
        {(aws.BLOCK, RESIZED): client_error("NoSuchPublicAccessBlockConfiguration")},
        {"public access": "resized does not block public access"},
    ),
    (
        {(aws.BLOCK, ORIGINAL): {
            "PublicAccessBlockConfiguration": {"BlockPublicAcls": False}
        }},
        {"public access": "original does not block public access"},
    ),
    ({aws.POLICY: client_error("NoSuchBucketPolicy")}, {}),
    (
        {(aws.POLICY, ORIGINAL): {"PolicyStatus": {"IsPublic": True}}},
        {"public access": "the policy of original makes it public"},
    ),
    (
        {
            (aws.ENCRYPTION, RESIZED): {
                "ServerSideEncryptionConfiguration": {"Rules": [KMS]}
            },
            aws.KEY: {"KeyMetadata": {"KeyState": "PendingDeletion"}},
        },
        {"KMS keys": "the key of resized, arn:key, is PendingDeletion"},
    ),
    (
        {aws.ENCRYPTION: client_error(UNENCRYPTED)},
        {},
    ),
    (
        {(aws.METRICS, "AsyncEventAge"): {"Datapoints": [{"Maximum": 1_200_000.0}]}},
        {"waiting uploads": "some waited 20 minutes for the function"},
    ),
    ({aws.ALARMS: {"MetricAlarms": []}}, {"alarms": "there are none"}),
    (
        {aws.ALARMS: {"MetricAlarms": [
            {"AlarmName": "ResizeOnUpload-Errors", "StateValue": "ALARM",
             "ActionsEnabled": True},
            {"AlarmName": "ResizeOnUpload-Throttles", "StateValue": "OK",
             "ActionsEnabled": False},
            {"AlarmName": "ResizeOnUpload-staging-Errors", "StateValue": "ALARM",
             "ActionsEnabled": True},
        ]}},
        {"alarms": "ResizeOnUpload-Errors is in alarm; ResizeOnUpload-Throttles noti"},
    ),
    (
        {aws.SUBSCRIPTIONS: {"Subscriptions": []}},
        {"subscribers of the alarms": "nobody receives the alarms"},
    ),
    (
        {aws.SUBSCRIPTIONS: {"Subscriptions": [
            {"Endpoint": "a@b.c", "SubscriptionArn": "PendingConfirmation"}
        ]}},
        {"subscribers of the alarms": "a@b.c has not confirmed the subscription"},
    ),
    (
        {aws.LOGS: {"logGroups": [{"logGroupName": "log"}]}},
        {"logs": "log never expires"},
    ),
    (
        {aws.LOGS: {"logGroups": [{"logGroupName": "log-2", "retentionInDays": 1}]}},
        {"logs": "log does not exist"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "messages"), FAULTS, ids=str)
def test_a_fault_fails_its_check_and_no_other(
    stack: DiagnosedStack,
    capsys: pytest.CaptureFixture[str],
    answers: dict[Any, Any],
    messages: dict[str, str],
) -> None:
    stack.answers.update(answers)
    found = _not_ok(stack, capsys)
    assert found.keys() == messages.keys()
    for name, message in messages.items():
        assert message in found[name]


FAILED_TABLE = {
    "TableStatus": "FAILED",
    "Error": {"ErrorMessage": "the key refuses metadata.s3.amazonaws.com"},
}
TABLE_FAULTS: list[tuple[dict[Any, Any], dict[str, str]]] = [
    ({}, {}),
    (
        {(aws.TABLES, ORIGINAL): client_error("MetadataConfigurationNotFound")},
        {"inventory tables": "S3 keeps no tables of original"},
    ),
    (
        {(aws.TABLES, RESIZED): aws.tables("BACKFILLING")},
        {"inventory tables": "the inventory table of resized is BACKFILLING"},
    ),
    (
        {(aws.TABLES, RESIZED): aws.tables("CREATING", **FAILED_TABLE)},
        {
            "inventory tables": "table of resized is CREATING; the journal table of "
            "resized is FAILED: the key refuses metadata.s3"
        },
    ),
    (
        {(aws.TABLES, ORIGINAL): {"GetBucketMetadataConfigurationResult": {
            "MetadataConfigurationResult": {"InventoryTableConfigurationResult": {
                "ConfigurationState": "DISABLED"
            }}
        }}},
        {
            "inventory tables": "the inventory table of original is DISABLED; the "
            "journal table of original is missing"
        },
    ),
    (  # as the local cloud answers, which keeps no tables
        {(aws.TABLES, RESIZED): {"GetBucketMetadataConfigurationResult": {}}},
        {"inventory tables": "the inventory table of resized is missing"},
    ),
    (
        {aws.WORKGROUP: {"WorkGroup": {"State": "DISABLED"}}},
        {"inventory tables": "the Athena workgroup queries is DISABLED"},
    ),
    (
        {aws.WORKGROUP: client_error("InvalidRequestException")},
        {"inventory tables": "the Athena workgroup queries does not exist"},
    ),
    (
        {aws.CATALOG: client_error("EntityNotFoundException")},
        {"catalog of the tables": "the catalog s3tablescatalog is missing"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "messages"), TABLE_FAULTS, ids=str)
def test_the_inventory_tables_are_checked_if_there_are_some(
    stack: DiagnosedStack,
    capsys: pytest.CaptureFixture[str],
    answers: dict[Any, Any],
    messages: dict[str, str],
) -> None:
    stack.answers.update(answers)
    assert _not_ok(stack, capsys) == {}
    stack.outputs["InventoryWorkgroup"] = "queries"
    found = _not_ok(stack, capsys)
    assert found.keys() == messages.keys()
    for name, message in messages.items():
        assert message in found[name]


@pytest.mark.parametrize("call", [aws.TABLES, aws.WORKGROUP, aws.CATALOG])
def test_what_may_not_be_read_of_the_tables_is_unknown(
    stack: DiagnosedStack, capsys: pytest.CaptureFixture[str], call: str
) -> None:
    stack.outputs["InventoryWorkgroup"] = "queries"
    stack.answers[call] = client_error("AccessDeniedException")
    code, found = _findings(stack, capsys)
    assert code == 3
    assert [one["state"] for one in found.values()].count("unknown") == 1


def _age(stack: DiagnosedStack) -> None:
    vars(stack)["function"]["LastModified"] = "2025-01-01T00:00:00.000+0000"


def _fail(stack: DiagnosedStack) -> None:
    stack.sqs.send(FAILED, {"requestPayload": reconcile_event(ORIGINAL, "a")})
    age = (aws.METRICS, "ApproximateAgeOfOldestMessage")
    stack.answers[age] = {"Datapoints": [{"Maximum": 12 * 24 * 3_600.0}]}


def _read_nothing(stack: DiagnosedStack) -> None:
    """As if the queue of intake=queue had lost what reads it."""
    stack.outputs["IntakeQueueUrl"] = INTAKE
    stack.sqs.queues[INTAKE] = []
    stack.answers[aws.NOTIFICATIONS, ORIGINAL] = {"QueueConfigurations": [QUEUE]}


def _let_wait(stack: DiagnosedStack) -> None:
    _read_nothing(stack)
    sources = [{"EventSourceArn": "arn:q", "State": "Enabled"}]
    stack.answers[aws.SOURCES] = {"EventSourceMappings": sources}
    age = (aws.METRICS, "ApproximateAgeOfOldestMessage")
    stack.answers[age] = {"Datapoints": [{"Maximum": 3_600.0}]}


def _delete_intake(stack: DiagnosedStack) -> None:
    _let_wait(stack)
    del stack.answers[aws.METRICS, "ApproximateAgeOfOldestMessage"]
    del stack.sqs.queues[INTAKE]


@pytest.mark.parametrize("url", [FAILED, REJECTED])
def test_a_deleted_queue_is_found(
    stack: DiagnosedStack, capsys: pytest.CaptureFixture[str], url: str
) -> None:
    """What needs it is unknown."""
    del stack.sqs.queues[url]
    code, found = _findings(stack, capsys)
    assert code != 0
    assert found["queues"]["message"] == f"{url.rpartition('/')[2]} was deleted"
    states = [line["state"] for line in found.values()]
    assert (states.count("failed"), states.count("unknown")) == (1, 1)


def _expire(stack: DiagnosedStack) -> None:
    rule = {"ID": "resize-on-upload-dropped-9x", "Filter": {"Prefix": "9x/"}}
    stack.s3.lifecycles[RESIZED] = {"Rules": [rule | {"Status": "Enabled"}]}


def _lose_failures(stack: DiagnosedStack) -> None:
    """As if the function of backfills had lost its destination."""
    stack.outputs["BackfillFunctionName"] = "own"
    stack.answers[aws.RETRIES, "own"] = {"DestinationConfig": {"OnFailure": {}}}


def _turn_off(stack: DiagnosedStack) -> None:
    stack.outputs["DistributionId"] = "E1"
    found = stack.answers[aws.DISTRIBUTION]["Distribution"]
    found["DistributionConfig"]["Enabled"] = False


OTHERS: list[tuple[Callable[[DiagnosedStack], object], str, str]] = [
    (_age, "the container image", "was last deployed "),
    (_fail, "failed uploads", "about 1 upload failed after all retries; the oldest 12"),
    (_read_nothing, "event sources", "nothing reads the intake queue"),
    (_let_wait, "waiting uploads", "some waited 60 minutes"),
    (_delete_intake, "queues", "ResizeOnUpload-Intake was deleted"),
    (_expire, "lifecycle rules", "deletes all variants of 9x/"),
    (_lose_failures, "failed uploads are kept", "that fail in own: the destination"),
    (_turn_off, "delivery", "the distribution E1 is off"),
    (
        lambda s: s.upload("new.png"),
        "variants",
        "some are missing or old for 1 of the first 1 original, such as new.png",
    ),
    (lambda s: s.upload("a\nb\x1b[1m"), "variants", "such as a\\nb\\x1b[1m"),
    (lambda s: s.outputs.update(Version="0.0.1"), "version", "0.0.1 is deployed"),
    (
        lambda s: vars(s)["function"].update(State="Failed", StateReason="no image"),
        "the function",
        "is Failed: no image",
    ),
]


@pytest.mark.parametrize(("change", "check", "message"), OTHERS)
def test_what_is_deployed_is_checked(
    stack: DiagnosedStack,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[DiagnosedStack], object],
    check: str,
    message: str,
) -> None:
    change(stack)
    found = _not_ok(stack, capsys)
    assert found.keys() == {check}
    assert message in found[check]


def test_sizes_that_are_not_deployed_are_found(
    stack: DiagnosedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, "doctor --stack", '{"sizes": ["8x"]}') == 1
    assert "sizes: sizes.json differs from what is deployed" in capsys.readouterr().out


def test_a_refusal_makes_one_check_unknown(
    stack: DiagnosedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 3 unless another check has failed."""
    refused = client_error("AccessDeniedException", "GetAccountSettings")
    stack.answers[aws.ACCOUNT] = refused
    code, found = _findings(stack, capsys)
    assert code == 3
    unknown = [name for name, one in found.items() if one["state"] == "unknown"]
    assert unknown == ["the account"]
    assert "AWS refused GetAccountSettings" in found["the account"]["message"]
    assert "diagnose" in found["the account"]["advice"]
    assert found["the account"]["ok"] is False
    stack.answers[aws.ALARMS] = {"MetricAlarms": []}
    assert _findings(stack, capsys)[0] == 1


def test_no_refusal_stops_another_check(
    stack: DiagnosedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nor does a service that cannot be reached."""
    number = len(_findings(stack, capsys)[1])
    for error in (client_error("AccessDenied"), ConnectTimeoutError(endpoint_url="u")):
        stack.answers.update(dict.fromkeys(stack.answers, error))
        code, found = _findings(stack, capsys)
        assert code == 3
        assert len(found) >= number
        known = {name for name, one in found.items() if one["state"] == "ok"}
        assert {"sizes", "version"} <= known
        assert all(one["state"] != "failed" for one in found.values())


def test_advice_is_about_the_stack_that_was_checked(
    stack: DiagnosedStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.options = " --stack-name staging"
    stack.upload("new.png")
    run_command(stack, "doctor --stack")
    printed = capsys.readouterr().out
    assert "`resize-on-upload plan --stack-name staging`" in printed
