"""Backfill as a job of S3 Batch Operations, from a list of keys to its report.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from botocore.exceptions import ClientError

from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mypy_boto3_s3control.type_defs import (
        JobDescriptorTypeDef,
        JobProgressSummaryTypeDef,
    )

    from resize_on_upload_cli.stack.deployment import Deployment

CURRENT_JOB = "backfill/job.json"
"""Holds the id of the running job: a second call watches it and starts no other."""

_ENDED = ("Complete", "Failed", "Cancelled")
_POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class JobResult:
    """A job that has ended.

    Attributes:
        tasks: S3's ProgressSummary.
        report: Where S3 wrote the report.
        reasons: Why the job failed, if it did.
    """

    id: str
    status: str
    tasks: JobProgressSummaryTypeDef
    report: str
    reasons: tuple[str, ...]

    @property
    def succeeded(self) -> int:
        """The number of keys that were processed."""
        return int(self.tasks.get("NumberOfTasksSucceeded", 0))

    @property
    def failed(self) -> int:
        """The number of keys that failed or were rejected."""
        return int(self.tasks.get("NumberOfTasksFailed", 0))


def run(deployment: Deployment, keys: Iterable[str]) -> JobResult | None:
    """Start a job for the keys, or find the one that runs; watch it until it ends.

    Returns:
        The result; None if there are no keys.
    """
    job = _find_running(deployment)
    if job:
        terminal.say(f"Job {job} is already running; watching it.")
    else:
        job = _start(deployment, keys)
        if job is None:
            return None
        terminal.say(f"Job {job} started. Ctrl-C leaves it running.")
    return _result(deployment, _watch(deployment, job))


def write_job_keys(bucket: str, keys: Iterable[str], file: IO[bytes]) -> int:
    """Write the job's list of keys; return their number.

    Keys are URL-encoded, without a `+`, which readers interpret differently.
    """
    number = 0
    for key in keys:
        file.write(f"{bucket},{quote(key, safe='/')}\n".encode())
        number += 1
    return number


def _start(deployment: Deployment, keys: Iterable[str]) -> str | None:
    """Return the new job's id; None if there are no keys."""
    folder = f"backfill/{time.strftime('%Y-%m-%dT%H-%M-%S')}-{uuid.uuid4().hex[:8]}"
    client, bucket = deployment.client("s3"), deployment.jobs
    with TemporaryFile() as file:
        number = write_job_keys(deployment.original, keys, file)
        if not number:
            return None
        file.seek(0)
        put = client.put_object(Bucket=bucket, Key=f"{folder}/manifest.csv", Body=file)
    job = _create(deployment, folder, put["ETag"], f"{number} keys")
    body = json.dumps({"job": job}).encode()
    client.put_object(Bucket=bucket, Key=CURRENT_JOB, Body=body)
    return job


def _create(deployment: Deployment, folder: str, etag: str, text: str) -> str:
    arn = f"arn:{_partition(deployment)}:s3:::{deployment.jobs}"
    response = deployment.client("s3control").create_job(
        AccountId=deployment.variables["ACCOUNT_ID"],
        Operation={
            "LambdaInvoke": {
                "FunctionArn": deployment.function["FunctionArn"],
                "InvocationSchemaVersion": "2.0",
            }
        },
        Manifest={
            "Spec": {
                "Format": "S3BatchOperations_CSV_20180820",
                "Fields": ["Bucket", "Key"],
            },
            "Location": {"ObjectArn": f"{arn}/{folder}/manifest.csv", "ETag": etag},
        },
        Report={
            "Bucket": arn,
            "Prefix": folder,
            "Format": "Report_CSV_20180820",
            "Enabled": True,
            "ReportScope": "AllTasks",
        },
        Priority=10,
        RoleArn=deployment.outputs["BatchRoleArn"],
        ClientRequestToken=folder.rpartition("/")[2],
        ConfirmationRequired=False,
        Description=f"{deployment.name}: {text}",
    )
    return str(response["JobId"])


def _partition(deployment: Deployment) -> str:
    return str(deployment.function["FunctionArn"]).split(":")[1]


def _find_running(deployment: Deployment) -> str | None:
    try:
        response = deployment.client("s3").get_object(
            Bucket=deployment.jobs, Key=CURRENT_JOB
        )
        job = str(json.loads(response["Body"].read())["job"])
    except (ClientError, ValueError, KeyError):
        return None
    return None if _describe(deployment, job)["Status"] in _ENDED else job


def _describe(deployment: Deployment, job: str) -> JobDescriptorTypeDef:
    return deployment.client("s3control").describe_job(
        AccountId=deployment.variables["ACCOUNT_ID"], JobId=job
    )["Job"]


def _watch(deployment: Deployment, job: str) -> JobDescriptorTypeDef:
    while True:
        described = _describe(deployment, job)
        tasks = described.get("ProgressSummary", {})
        succeeded = tasks.get("NumberOfTasksSucceeded", 0)
        done = succeeded + tasks.get("NumberOfTasksFailed", 0)
        terminal.show_progress(done, tasks.get("TotalNumberOfTasks", 0))
        if described["Status"] in _ENDED:
            return described
        time.sleep(_POLL_SECONDS)


def _result(deployment: Deployment, described: JobDescriptorTypeDef) -> JobResult:
    reasons = described.get("FailureReasons", ())
    return JobResult(
        id=described["JobId"],
        status=described["Status"],
        tasks=described.get("ProgressSummary", {}),
        report=f"s3://{deployment.jobs}/{described['Report']['Prefix']}/",
        reasons=tuple(one["FailureReason"] for one in reasons),
    )
