"""The weekly sweep: what starts the job, its request, and what notices its end."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload_cli.actions.batch import request
from resize_on_upload_cli.actions.batch.filters import Filter
from resize_on_upload_cli.actions.batch.request import Participants
from tests.support import fake_batch
from tests.support.templates import alarms, as_list, resources, text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.templates import Document, Synth

BUCKET = "resize-<AWS::AccountId>-<AWS::Region>"


@pytest.fixture(scope="module")
def weekly(synth: Synth) -> Document:
    """The template of the defaults with a sweep."""
    return synth(sweep="weekly", backfillConcurrency="7")


def _id(document: Document, start: str) -> str:
    names: list[str] = list(document["Resources"])
    (found,) = (name for name in names if name.startswith(start))
    return found


def _definition(document: Document) -> Document:
    (machine,) = resources(document, "AWS::StepFunctions::StateMachine")
    return dict(json.loads(text(machine["DefinitionString"])))


def _statements(document: Document, role: str) -> list[Document]:
    return [
        statement
        for policy in resources(document, "AWS::IAM::Policy")
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
    ]


def test_it_is_off_by_default(template: Document, synth: Synth) -> None:
    without = synth(backfillConcurrency="7")
    for document in (template, without):
        kinds = {one["Type"] for one in document["Resources"].values()}
        assert not kinds & {
            "AWS::Scheduler::Schedule",
            "AWS::StepFunctions::StateMachine",
        }
        assert "SweepFailed" not in alarms(document)
        assert "SweepArn" not in document["Outputs"]


def test_the_schedule_starts_the_state_machine(weekly: Document) -> None:
    (schedule,) = resources(weekly, "AWS::Scheduler::Schedule")
    machine = _id(weekly, "BackfillSweepMachine")
    assert schedule["ScheduleExpression"] == "cron(0 3 ? * SUN *)"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert text(schedule["Target"]["Arn"]) == f"<{machine}.Arn>"
    assert text(weekly["Outputs"]["SweepArn"]["Value"]) == f"<{machine}.Arn>"


def test_the_request_is_that_of_backfill_all(weekly: Document) -> None:
    """And one that botocore's model describes."""
    sent = _definition(weekly)["States"]["Create"]["Parameters"]
    hashed = "States.Hash($$.Execution.Name, 'SHA-256')"  # 64 characters at most
    assert sent.pop("ClientRequestToken.$") == hashed
    assert sent.pop("Description") == "ResizeOnUpload: weekly sweep"
    participants = Participants(
        account="<AWS::AccountId>",
        partition="<AWS::Partition>",
        jobs=f"{BUCKET}-jobs",
        function=f"<{_id(weekly, 'ResizerBackfill6')}.Arn>",
        role=f"<{_id(weekly, 'BackfillRoleB')}.Arn>",
    )
    folder = "backfill/sweep"
    original = f"{BUCKET}-original"
    assert sent == request.of_originals(participants, folder, original, Filter())
    fake_batch.validate(sent | {"ClientRequestToken": "t", "Description": "d"})


def _end(document: Document, statuses: Iterable[str]) -> str:
    """Return the state that the state machine ends with."""
    states, name = _definition(document)["States"], "Create"
    left = iter(statuses)
    status = ""
    while "Next" in states[name] or states[name]["Type"] == "Choice":
        state: dict[str, Any] = states[name]
        if name == "Look":
            status = next(left)
        if state["Type"] != "Choice":
            name = state["Next"]
            continue
        chosen = (
            one["Next"] for one in state["Choices"] if one["StringEquals"] == status
        )
        name = next(chosen, state["Default"])
    return str(states[name]["Type"])


@pytest.mark.parametrize(
    ("statuses", "end"),
    [
        (("Preparing", "Active", "Complete"), "Succeed"),
        (("Preparing", "Failed"), "Fail"),
        (("Active", "Cancelling", "Cancelled"), "Fail"),
    ],
)
def test_it_ends_as_the_job_does(
    statuses: tuple[str, ...], end: str, weekly: Document
) -> None:
    assert _end(weekly, statuses) == end


def test_calls_are_repeated_and_named_as_step_functions_does(weekly: Document) -> None:
    states = _definition(weekly)["States"]
    for name, method in (("Create", "createJob"), ("Look", "describeJob")):
        expected = f"arn:<AWS::Partition>:states:::aws-sdk:s3control:{method}"
        assert states[name]["Resource"] == expected
        assert states[name]["Retry"][0]["MaxAttempts"] == 6


def test_its_roles_may_do_this_only(weekly: Document) -> None:
    machine = _id(weekly, "BackfillSweepMachine")
    schedule = next(
        name
        for name in weekly["Resources"]
        if name.startswith("BackfillSweepSched")
        and weekly["Resources"][name]["Type"] == "AWS::IAM::Role"
    )
    (start,) = _statements(weekly, schedule)
    assert start["Action"] == "states:StartExecution"
    assert text(start["Resource"]) == f"<{machine}.Arn>"
    (role,) = (
        name
        for name, one in weekly["Resources"].items()
        if name.startswith("BackfillSweepRole") and one["Type"] == "AWS::IAM::Role"
    )
    found = {one["Action"]: one for one in _statements(weekly, role)}
    assert found.keys() == {"s3:CreateJob", "s3:DescribeJob", "iam:PassRole"}
    assert text(found["s3:DescribeJob"]["Resource"]).endswith(":job/*")
    passed = _id(weekly, "BackfillRoleB")
    assert text(found["iam:PassRole"]["Resource"]) == f"<{passed}.Arn>"
    assert found["iam:PassRole"]["Condition"] == {
        "StringEquals": {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}
    }


def test_no_other_account_can_have_the_roles_assumed(weekly: Document) -> None:
    expected = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
    services = []
    for name, one in weekly["Resources"].items():
        if name.startswith("BackfillSweep") and one["Type"] == "AWS::IAM::Role":
            (statement,) = one["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            assert statement["Condition"] == expected
            services += as_list(statement["Principal"]["Service"])
    assert sorted(services) == ["scheduler.amazonaws.com", "states.amazonaws.com"]


def test_an_alarm_notices_a_sweep_that_failed(weekly: Document) -> None:
    alarm = alarms(weekly)["SweepFailed"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (
        "AWS/States",
        "ExecutionsFailed",
    )
    machine = _id(weekly, "BackfillSweepMachine")
    (dimension,) = alarm["Dimensions"]
    assert dimension["Name"] == "StateMachineArn"
    assert text(dimension["Value"]) == f"<{machine}.Arn>"
    assert "backfill --all --yes" in text(alarm["AlarmDescription"])
