"""The queue between the original bucket and the function, if it is configured."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import pytest

from resize_on_upload_cdk.configuration.operation import intake
from scripts.permissions.groups import GROUPS
from scripts.permissions.resources import STACK
from tests.support.templates import alarms, grants, resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

EVENTS = ["s3:ObjectCreated:*", "s3:ObjectRestore:Completed"]
EVENTS += ["s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"]


@pytest.fixture(scope="module")
def queued(synth: Synth) -> Document:
    """The template with a queue."""
    return synth(intake="queue", reservedConcurrency="20", timeout="90")


@pytest.fixture(scope="module")
def draining(synth: Synth) -> Document:
    """The template with a queue that S3 does not send to any more."""
    return synth(intake="draining")


@pytest.fixture(scope="module")
def existing(synth: Synth) -> Document:
    """The template with a queue and an existing bucket."""
    return synth(intake="queue", originalBucket="my-uploads")


def _named(document: Document, kind: str, start: str) -> tuple[str, Document]:
    (found,) = (
        (name, one)
        for name, one in document["Resources"].items()
        if one["Type"] == kind and name.startswith(start)
    )
    return found


def _queue(document: Document) -> tuple[str, Document]:
    return _named(document, "AWS::SQS::Queue", "Intake")


def _original(document: Document) -> Document:
    return _named(document, "AWS::S3::Bucket", "Original")[1]


def test_the_queue_keeps_uploads_for_14_days_encrypted(queued: Document) -> None:
    _, queue = _queue(queued)
    found = queue["Properties"]
    assert found["MessageRetentionPeriod"] == 14 * 24 * 3600
    assert found["SqsManagedSseEnabled"] is True


def test_it_hides_a_message_for_six_times_the_timeout(queued: Document) -> None:
    assert _queue(queued)[1]["Properties"]["VisibilityTimeout"] == 6 * 90


def test_what_fails_too_often_goes_to_the_failed_queue(queued: Document) -> None:
    failed, _ = _named(queued, "AWS::SQS::Queue", "ResizerFailed")
    found = _queue(queued)[1]["Properties"]["RedrivePolicy"]
    assert text(found["deadLetterTargetArn"]) == f"<{failed}.Arn>"
    assert found["maxReceiveCount"] == 30


def test_lambda_reads_it_in_batches_of_which_parts_may_fail(queued: Document) -> None:
    (found,) = resources(queued, "AWS::Lambda::EventSourceMapping")
    assert text(found["EventSourceArn"]) == f"<{_queue(queued)[0]}.Arn>"
    assert found["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert (found["BatchSize"], found["MaximumBatchingWindowInSeconds"]) == (10, 0)
    assert found["ScalingConfig"] == {"MaximumConcurrency": 20}


@pytest.mark.parametrize(
    ("reserved", "limit"),
    [("", None), ("2", 2), ("1000", 1000), ("5000", 1000)],
)
def test_as_many_batches_at_a_time_as_the_function_may_process(
    synth: Synth, reserved: str, limit: int | None
) -> None:
    document = synth(intake="queue", reservedConcurrency=reserved)
    (found,) = resources(document, "AWS::Lambda::EventSourceMapping")
    scaling = {"MaximumConcurrency": limit} if limit else None
    assert found.get("ScalingConfig") == scaling


@pytest.mark.parametrize("document", ["queued", "existing"])
def test_the_original_bucket_of_this_account_may_send_by_tls(
    request: pytest.FixtureRequest, document: str
) -> None:
    template = request.getfixturevalue(document)
    name, _ = _named(template, "AWS::SQS::QueuePolicy", "Intake")
    policy = template["Resources"][name]["Properties"]["PolicyDocument"]
    allow, deny = sorted(policy["Statement"], key=lambda one: str(one["Effect"]))
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert (deny["Principal"], deny["Action"]) == ({"AWS": "*"}, "sqs:*")
    assert allow["Principal"] == {"Service": "s3.amazonaws.com"}
    assert allow["Action"] == "sqs:SendMessage"
    source = allow["Condition"]["ArnLike"]["aws:SourceArn"]
    bucket = "my-uploads" if document == "existing" else "resize-"
    assert f":s3:::{bucket}" in text(source)
    account = allow["Condition"]["StringEquals"]["aws:SourceAccount"]
    assert account == {"Ref": "AWS::AccountId"}


def test_s3_sends_every_change_to_it_and_to_nothing_else(queued: Document) -> None:
    found = _original(queued)["Properties"]["NotificationConfiguration"]
    assert list(found) == ["QueueConfigurations"]
    sent = {one["Event"]: text(one["Queue"]) for one in found["QueueConfigurations"]}
    assert sent == dict.fromkeys(EVENTS, f"<{_queue(queued)[0]}.Arn>")


def test_s3_sends_only_once_it_may(queued: Document) -> None:
    """S3 checks that it may send, when the notification is configured."""
    policy, _ = _named(queued, "AWS::SQS::QueuePolicy", "Intake")
    assert policy in _original(queued)["DependsOn"]


def test_lambda_reads_only_once_it_may(queued: Document) -> None:
    _, mapping = _named(queued, "AWS::Lambda::EventSourceMapping", "Intake")
    (policy,) = (one for one in mapping["DependsOn"] if one.startswith("IntakeRead"))
    role = queued["Resources"][policy]["Properties"]["Roles"]
    assert [text(one) for one in role] == [
        f"<{_named(queued, 'AWS::IAM::Role', 'Resizer')[0]}>"
    ]


def test_the_function_may_read_the_queue_and_no_more(
    queued: Document, template: Document
) -> None:
    found, without = grants(queued), grants(template)
    actions, resource = found.pop("ReadTheQueueOfUploads")
    assert resource == f"<{_queue(queued)[0]}.Arn>"
    assert actions == {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    }
    assert found.keys() == without.keys()


def test_s3_may_still_invoke_the_function_for_events_on_their_way(
    queued: Document, existing: Document
) -> None:
    """A notification that has moved is used for some minutes more."""
    for document in (queued, existing):
        _named(document, "AWS::Lambda::Permission", "ResizerAllowOriginalBucket")


def test_an_existing_bucket_sends_to_it(existing: Document) -> None:
    (found,) = resources(existing, "Custom::S3BucketNotifications")
    sent = found["NotificationConfiguration"]
    assert list(sent) == ["QueueConfigurations"]
    events = sorted(
        event for one in sent["QueueConfigurations"] for event in one["Events"]
    )
    assert events == sorted(EVENTS)
    _, resource = _named(existing, "Custom::S3BucketNotifications", "")
    assert any(one.startswith("IntakeUploadsPolicy") for one in resource["DependsOn"])


def test_while_it_is_drained_s3_invokes_the_function(draining: Document) -> None:
    """The queue, what reads it and who may send stay: nothing in it is lost."""
    found = _original(draining)["Properties"]["NotificationConfiguration"]
    assert list(found) == ["LambdaConfigurations"]
    assert len(list(resources(draining, "AWS::Lambda::EventSourceMapping"))) == 1
    _named(draining, "AWS::SQS::QueuePolicy", "Intake")


def test_draining_changes_nothing_but_the_notification(
    synth: Synth, draining: Document
) -> None:
    before = synth(intake="queue")["Resources"]
    after = draining["Resources"]
    changed = {name for name in before if before[name] != after.get(name)}
    assert {before[name]["Type"] for name in changed} == {"AWS::S3::Bucket"}
    assert before.keys() == after.keys()


def test_an_alarm_looks_at_the_age_of_the_oldest(
    queued: Document, template: Document
) -> None:
    found = alarms(queued)
    assert found.keys() - alarms(template).keys() == {"UploadsWaiting"}
    alarm = found["UploadsWaiting"]
    assert alarm["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert (alarm["Threshold"], alarm["Statistic"]) == (1800, "Maximum")


def test_the_dashboard_shows_it(queued: Document, template: Document) -> None:
    title = "Queue: uploads that wait, age of the oldest in seconds"
    for document, shown in ((queued, True), (template, False)):
        (board,) = resources(document, "AWS::CloudWatch::Dashboard")
        assert (title in json.dumps(board)) is shown


def test_an_operator_may_have_sqs_move_failed_uploads_to_it(queued: Document) -> None:
    """By the policy of docs/permissions.md; CloudFormation's names begin so."""
    name, _ = _queue(queued)
    (group,) = (one for one in GROUPS if one.name == "repair")
    (sends,) = (one for one in group.statements if one.actions == ("sqs:SendMessage",))
    (resource,) = sends.resources
    assert fnmatchcase(f"arn:aws:sqs:::{STACK}-{name}", resource)
    failed, _ = _named(queued, "AWS::SQS::Queue", "ResizerFailed")
    assert not fnmatchcase(f"arn:aws:sqs:::{STACK}-{failed}", resource)


def test_its_url_is_an_output(queued: Document) -> None:
    assert (
        text(queued["Outputs"]["IntakeQueueUrl"]["Value"]) == f"<{_queue(queued)[0]}>"
    )


@pytest.mark.parametrize(
    ("how", "reserved", "is_mistake"),
    [
        ("queue", 1, True),
        ("draining", 1, True),
        ("queue", 2, False),
        ("queue", None, False),
        ("function", 1, False),
        (None, 1, False),  # another mistake
    ],
)
def test_one_invocation_at_a_time_cannot_read_a_queue(
    how: str | None,
    reserved: int | None,
    is_mistake: bool,  # noqa: FBT001 - a value
) -> None:
    found = intake.mistakes({"intake": how, "reservedConcurrency": reserved})
    assert bool(found) is is_mistake
    if found:
        assert f"reservedConcurrency='{reserved}'" in found[0]
        assert "at least 2, or empty" in found[0]
