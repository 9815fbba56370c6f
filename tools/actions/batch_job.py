"""A backfill as a job of S3 Batch Operations, from a list of keys to its report.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html
"""

from __future__ import annotations

import json
import time
import uuid
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

from botocore.exceptions import ClientError

from tools import terminal
from tools.terminal import write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tools.stack.deployment import Deployment

CURRENT_JOB = "backfill/job.json"
"""Which job runs: a second call watches it and begins no other."""

_ENDED = ("Complete", "Failed", "Cancelled")
_EVERY = 5.0
"""Seconds between two looks at a job."""


def run(deployment: Deployment, keys: Iterable[str], *, as_json: bool) -> bool:
    """Begin a job for the keys, or find the one that runs; watch it to its end.

    Returns:
        True where a task failed.
    """
    job = _running(deployment)
    if job:
        terminal.say(f"Job {job} is under way; this only watches it.")
    else:
        job = _begun(deployment, keys)
        if job is None:
            if as_json:
                write_json({"tasks": 0})
            else:
                write("Nothing to do.")
            return False
        terminal.say(f"Job {job} begun. Ctrl-C leaves it running.")
    described = _watch(deployment, job)
    return _tell(described, deployment, as_json=as_json)


def manifest(bucket: str, keys: Iterable[str], file: IO[bytes]) -> int:
    """Write the job's list; how many keys.

    They are URL-encoded, with no `+` for anybody to mistake.
    """
    number = 0
    for key in keys:
        file.write(f"{bucket},{quote(key, safe='/')}\n".encode())
        number += 1
    return number


def _begun(deployment: Deployment, keys: Iterable[str]) -> str | None:
    """The new job's id; None where there are no keys for one."""
    folder = f"backfill/{time.strftime('%Y-%m-%dT%H-%M-%S')}-{uuid.uuid4().hex[:8]}"
    with TemporaryFile() as file:
        number = manifest(deployment.original, keys, file)
        if not number:
            return None
        file.seek(0)
        put = deployment.client("s3").put_object(
            Bucket=deployment.jobs, Key=f"{folder}/manifest.csv", Body=file
        )
    job = _create(deployment, folder, put["ETag"], f"{number} keys")
    deployment.client("s3").put_object(
        Bucket=deployment.jobs, Key=CURRENT_JOB, Body=json.dumps({"job": job}).encode()
    )
    return job


def _create(deployment: Deployment, folder: str, etag: str, text: str) -> str:
    arn = f"arn:{_partition(deployment)}:s3:::{deployment.jobs}"
    answer = deployment.client("s3control").create_job(
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
    return str(answer["JobId"])


def _partition(deployment: Deployment) -> str:
    return str(deployment.function["FunctionArn"]).split(":")[1]


def _running(deployment: Deployment) -> str | None:
    try:
        answer = deployment.client("s3").get_object(
            Bucket=deployment.jobs, Key=CURRENT_JOB
        )
        job = str(json.loads(answer["Body"].read())["job"])
    except (ClientError, ValueError, KeyError):
        return None
    return None if _described(deployment, job)["Status"] in _ENDED else job


def _described(deployment: Deployment, job: str) -> dict[str, Any]:
    found: dict[str, Any] = deployment.client("s3control").describe_job(
        AccountId=deployment.variables["ACCOUNT_ID"], JobId=job
    )["Job"]
    return found


def _watch(deployment: Deployment, job: str) -> dict[str, Any]:
    while True:
        described = _described(deployment, job)
        tasks = described.get("ProgressSummary", {})
        succeeded = tasks.get("NumberOfTasksSucceeded", 0)
        done = succeeded + tasks.get("NumberOfTasksFailed", 0)
        terminal.show(done, tasks.get("TotalNumberOfTasks", 0))
        if described["Status"] in _ENDED:
            return described
        time.sleep(_EVERY)


def _tell(described: dict[str, Any], deployment: Deployment, *, as_json: bool) -> bool:
    tasks = described.get("ProgressSummary", {})
    failed = tasks.get("NumberOfTasksFailed", 0)
    report = f"s3://{deployment.jobs}/{described['Report']['Prefix']}/"
    if as_json:
        document = {"job": described["JobId"], "status": described["Status"]}
        write_json({**document, "tasks": tasks, "report": report})
    else:
        reasons = [one["FailureReason"] for one in described.get("FailureReasons", ())]
        write(
            f"{described['Status']}: {tasks.get('NumberOfTasksSucceeded', 0):,} done, "
            f"{failed:,} failed or rejected. Report: {report}",
            *reasons,
        )
    return bool(failed or described["Status"] != "Complete")
