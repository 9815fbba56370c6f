"""A job for all originals every week, by EventBridge Scheduler and Step Functions.

The schedule could call S3 itself, but would not know how the job ends. The state
machine waits for it and fails if the job did, which the alarm SweepFailed notices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from resize_on_upload_cdk.nag import acknowledge
from resize_on_upload_cli.actions.batch import request
from resize_on_upload_cli.actions.batch.filters import Filter

if TYPE_CHECKING:
    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cli.actions.batch.request import Participants

SCHEDULE = "cron(0 3 ? * SUN *)"
"""In UTC."""

FOLDER = "backfill/sweep"
"""Of the lists and reports, in the jobs bucket."""

_POLL_SECONDS = 900
_RETRY = [
    {
        "ErrorEquals": ["States.ALL"],
        "IntervalSeconds": 60,
        "MaxAttempts": 6,
        "BackoffRate": 2,
    }
]


class Sweep(Construct):
    """Creates the job every Sunday; its role may create no job of another role."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        participants: Participants,
        original_name: str,
    ) -> None:
        super().__init__(scope, construct_id)
        machine = stepfunctions.CfnStateMachine(
            self,
            "Machine",
            role_arn=self._role(participants).role_arn,
            definition_string=cdk.Stack.of(self).to_json_string(
                definition(settings.stack_name, participants, original_name)
            ),
        )
        acknowledge(
            machine,
            {
                "AwsSolutions-SF1": "Step Functions keeps the history of executions, "
                "and S3 the reports of jobs.",
                "AwsSolutions-SF2": "Two calls of S3 need no tracing.",
            },
        )
        self.machine_arn = machine.attr_arn
        self._schedule()

    def _role(self, participants: Participants) -> iam.Role:
        role = iam.Role(
            self,
            "Role",
            assumed_by=_service("states.amazonaws.com"),
            description="Creates the job of the weekly sweep, and looks how it ends.",
        )
        jobs = f"arn:{cdk.Aws.PARTITION}:s3:{cdk.Aws.REGION}:{cdk.Aws.ACCOUNT_ID}:job/*"
        # IAM has no resource for jobs that do not exist yet.
        for action, resource in (("s3:CreateJob", "*"), ("s3:DescribeJob", jobs)):
            role.add_to_policy(
                iam.PolicyStatement(actions=[action], resources=[resource])
            )
        service = {"iam:PassedToService": "batchoperations.s3.amazonaws.com"}
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["iam:PassRole"],
                resources=[participants.role],
                conditions={"StringEquals": service},
            )
        )
        reason = "A job has no name before S3 creates it; its role is named."
        job = "arn:<AWS::Partition>:s3:<AWS::Region>:<AWS::AccountId>:job/*"
        acknowledge(
            role, {f"AwsSolutions-IAM5[Resource::{one}]": reason for one in ("*", job)}
        )
        return role

    def _schedule(self) -> None:
        role = iam.Role(
            self,
            "ScheduleRole",
            assumed_by=_service("scheduler.amazonaws.com"),
            description="Starts the weekly sweep.",
        )
        role.add_to_policy(
            iam.PolicyStatement(
                actions=["states:StartExecution"], resources=[self.machine_arn]
            )
        )
        scheduler.CfnSchedule(
            self,
            "Schedule",
            schedule_expression=SCHEDULE,
            flexible_time_window=scheduler.CfnSchedule.FlexibleTimeWindowProperty(
                mode="OFF"
            ),
            target=scheduler.CfnSchedule.TargetProperty(
                arn=self.machine_arn, role_arn=role.role_arn
            ),
        )


def definition(
    stack: str, participants: Participants, original_name: str
) -> dict[str, Any]:
    """The state machine: create the job, wait until it ends, fail if it failed."""
    create = request.of_originals(participants, FOLDER, original_name, Filter())
    create |= {
        # The same if the call is repeated: S3 then creates no second job. A name may
        # have 80 characters, a token 64.
        "ClientRequestToken.$": "States.Hash($$.Execution.Name, 'SHA-256')",
        "Description": request.described(stack, "weekly sweep"),
    }
    look = {"AccountId": participants.account, "JobId.$": "$.JobId"}
    return {
        "StartAt": "Create",
        "States": {
            "Create": _call("createJob", create, {"JobId.$": "$.JobId"}, "Wait"),
            "Wait": {"Type": "Wait", "Seconds": _POLL_SECONDS, "Next": "Look"},
            "Look": _call(
                "describeJob",
                look,
                {"JobId.$": "$.Job.JobId", "Status.$": "$.Job.Status"},
                "Ended",
            ),
            "Ended": {
                "Type": "Choice",
                "Choices": [
                    _status("Complete", "Done"),
                    _status("Failed", "NotDone"),
                    _status("Cancelled", "NotDone"),
                ],
                "Default": "Wait",
            },
            "Done": {"Type": "Succeed"},
            "NotDone": {"Type": "Fail", "Error": "JobNotComplete"},
        },
    }


def _call(
    method: str, parameters: dict[str, Any], result: dict[str, Any], following: str
) -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{cdk.Aws.PARTITION}:states:::aws-sdk:s3control:{method}",
        "Parameters": parameters,
        "ResultSelector": result,
        "Retry": _RETRY,
        "Next": following,
    }


def _status(status: str, following: str) -> dict[str, str]:
    return {"Variable": "$.Status", "StringEquals": status, "Next": following}


def _service(name: str) -> iam.ServicePrincipal:
    """A service, on behalf of this account only."""
    account = {"StringEquals": {"aws:SourceAccount": cdk.Aws.ACCOUNT_ID}}
    return iam.ServicePrincipal(name, conditions=account)
