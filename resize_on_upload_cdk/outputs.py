"""The stack's outputs: scripts and the command line rely on their names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from resize_on_upload import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from resize_on_upload_cdk.backfills.batch_role import Backfill
    from resize_on_upload_cdk.functions.resizer import Resizer
    from resize_on_upload_cdk.intake.queue import IntakeQueue
    from resize_on_upload_cdk.monitoring.monitoring import Monitoring


def write(scope: Construct, outputs: Mapping[str, tuple[str, str]]) -> None:
    """Add outputs: name → value and description."""
    for name, (value, description) in outputs.items():
        output = cdk.CfnOutput(scope, name, value=value, description=description)
        output.override_logical_id(name)


def of_buckets(original: str, resized: str, jobs: str) -> dict[str, tuple[str, str]]:
    """The names of the buckets, and a command to try them."""
    return {
        "OriginalBucketName": (original, "Upload images here"),
        "ResizedBucketName": (resized, "Variants appear here"),
        "JobsBucketName": (jobs, "Lists and reports of backfills, kept for 30 days"),
        "TryIt": (
            (
                f"aws s3 cp photo.jpg s3://{original}/ && sleep 5 && "
                f"aws s3 ls --recursive s3://{resized}/"
            ),
            "Upload an image and list its variants",
        ),
    }


def of_resizer(
    resizer: Resizer, intake: IntakeQueue | None
) -> dict[str, tuple[str, str]]:
    """The function, its log and its queues."""
    outputs = {
        "FunctionName": (resizer.function.function_name, "The function that resizes"),
        "Version": (__version__, "The deployed version of resize-on-upload"),
        "LogGroupName": (
            resizer.log_group.log_group_name,
            "One JSON line per upload",
        ),
        "FailedQueueUrl": (
            resizer.failed_queue.queue_url,
            "Uploads that failed for an internal reason, after all retries",
        ),
        "RejectedQueueUrl": (
            resizer.rejected_queue.queue_url,
            "A record of every rejected upload",
        ),
    }
    if intake:
        outputs["IntakeQueueUrl"] = (
            intake.queue.queue_url,
            "Uploads that wait for the function",
        )
    return outputs


def of_backfills(resizer: Resizer, backfill: Backfill) -> dict[str, tuple[str, str]]:
    """The role of backfills' jobs, their own function, and the sweep."""
    outputs = {
        "BatchRoleArn": (
            backfill.role.role_arn,
            "Role that S3 Batch Operations assumes for a backfill",
        )
    }
    if function := resizer.backfill_function:
        outputs["BackfillFunctionName"] = (
            function.function_name,
            "The function that resizes for backfills",
        )
    if sweep := backfill.sweep:
        outputs["SweepArn"] = (
            sweep.machine_arn,
            "The state machine of the weekly sweep",
        )
    return outputs


def of_monitoring(monitoring: Monitoring) -> dict[str, tuple[str, str]]:
    """The topic of the alarms, and the dashboard if there is one."""
    outputs = {
        "AlarmTopicArn": (
            monitoring.topic.topic_arn,
            "Topic that alarms notify; subscribe to it",
        )
    }
    if url := monitoring.dashboard_url:
        outputs["DashboardUrl"] = (url, "The CloudWatch dashboard")
    return outputs


def of_optional_parts(
    expiration_days: int | None,
    uploader_policy_arn: str | None,
    inventory_workgroup: str | None,
) -> dict[str, tuple[str, str]]:
    """What only some settings add."""
    outputs = {}
    if expiration_days:
        outputs["ResizedExpirationDays"] = (
            str(expiration_days),
            "S3 deletes variants after this many days",
        )
    if uploader_policy_arn:
        outputs["UploaderPolicyArn"] = (
            uploader_policy_arn,
            "Policy to attach to whoever uploads",
        )
    if inventory_workgroup:
        outputs["InventoryWorkgroup"] = (
            inventory_workgroup,
            "Athena workgroup of queries of the inventory tables",
        )
    return outputs
