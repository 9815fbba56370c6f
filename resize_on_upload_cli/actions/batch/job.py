"""Backfill as a job of S3 Batch Operations, from its list of keys to its report.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/batch-ops-create-job.html
"""

from __future__ import annotations

import json
import time
import uuid
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload_cli import terminal
from resize_on_upload_cli.actions.batch import key_list, request, result
from resize_on_upload_cli.actions.batch.request import Participants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mypy_boto3_s3control.type_defs import JobDescriptorTypeDef

    from resize_on_upload_cli.actions.batch.filters import Filter
    from resize_on_upload_cli.actions.batch.result import JobResult
    from resize_on_upload_cli.stack.deployment import Deployment

CURRENT_JOB = "backfill/job.json"
"""Holds the id of the running job: a second call watches it and starts no other."""

_ENDED = ("Complete", "Failed", "Cancelled")
_NO_JOB = (
    *("NoSuchKey", "AccessDenied"),  # as S3 says it to who may not list the bucket
    *("NoSuchJob", "NoSuchJobException", "NotFoundException"),
)
_WAITS = {
    "Preparing": "S3 is preparing the list of keys.",
    "Paused": "S3 has paused the job, for one of higher priority.",
    "Suspended": "The job waits until it is confirmed in the S3 console.",
}
_POLL_SECONDS = 5.0


def run(deployment: Deployment, keys: Iterable[str]) -> JobResult | None:
    """Start a job for the keys, or find the one that runs; watch it until it ends.

    Returns:
        The result; None if there are no keys.
    """
    return _run(deployment, lambda: _start(deployment, keys))


def run_for_all(deployment: Deployment, wanted: Filter) -> JobResult | None:
    """As `run`, for the originals that S3 lists."""
    return _run(deployment, lambda: _start_for_all(deployment, wanted))


def last_end(deployment: Deployment) -> float | None:
    """Return when the last job ended, in seconds since 1970; None if none is known."""
    found = _find_last(deployment)
    ended = found.get("TerminationDate") if found else None
    return ended.timestamp() if ended else None


def _run(deployment: Deployment, start: Callable[[], str | None]) -> JobResult | None:
    running = _find_running(deployment)
    if running:
        job = running["JobId"]
        about = running.get("Description", "").removeprefix(f"{deployment.name}: ")
        shown = f" ({about})" if about else ""
        terminal.say(f"Job {job}{shown} is already running; watching it.")
    else:
        started = start()
        if started is None:
            return None
        job = started
        terminal.say(f"Job {job} started. Ctrl-C leaves it running.")
    return result.of_job(_watch(deployment, job), deployment.jobs)


def participants(deployment: Deployment) -> Participants:
    """Return who takes part in the jobs of a stack."""
    of_uploads = str(deployment.function["FunctionArn"])
    function = f"{of_uploads.rpartition(':')[0]}:{deployment.backfill_function}"
    return Participants(
        account=deployment.variables["ACCOUNT_ID"],
        partition=function.split(":")[1],
        jobs=deployment.jobs,
        function=function,
        role=deployment.outputs["BatchRoleArn"],
    )


def _folder() -> str:
    """Return a new folder of the jobs bucket, for one job."""
    return f"backfill/{time.strftime('%Y-%m-%dT%H-%M-%S')}-{uuid.uuid4().hex[:8]}"


def _start(deployment: Deployment, keys: Iterable[str]) -> str | None:
    """Return the new job's id; None if there are no keys."""
    folder = _folder()
    name = f"{folder}/manifest.csv"
    client, bucket = deployment.client("s3"), deployment.jobs
    with key_list.written(deployment.original, keys) as (file, number):
        if not number:
            return None
        client.upload_fileobj(file, bucket, name)
    etag = client.head_object(Bucket=bucket, Key=name)["ETag"]
    wanted = request.of_list(participants(deployment), folder, etag, number)
    return _create(deployment, wanted, f"{number} keys")


def _start_for_all(deployment: Deployment, wanted: Filter) -> str:
    call = request.of_originals(
        participants(deployment), _folder(), deployment.original, wanted
    )
    return _create(deployment, call, wanted.description())


def _create(deployment: Deployment, wanted: dict[str, Any], text: str) -> str:
    response = deployment.client("s3control").create_job(
        **wanted,
        ClientRequestToken=uuid.uuid4().hex,
        Description=request.described(deployment.name, text),
    )
    job = str(response["JobId"])
    body = json.dumps({"job": job}).encode()
    deployment.client("s3").put_object(
        Bucket=deployment.jobs, Key=CURRENT_JOB, Body=body
    )
    return job


def _find_running(deployment: Deployment) -> JobDescriptorTypeDef | None:
    found = _find_last(deployment)
    return found if found and found["Status"] not in _ENDED else None


def _find_last(deployment: Deployment) -> JobDescriptorTypeDef | None:
    client = deployment.client("s3")
    try:
        response = client.get_object(Bucket=deployment.jobs, Key=CURRENT_JOB)
        job = str(json.loads(response["Body"].read())["job"])
        return _describe(deployment, job)
    except (ValueError, KeyError, TypeError):
        return None
    except ClientError as error:
        if error.response["Error"]["Code"] in _NO_JOB:
            return None
        raise


def _describe(deployment: Deployment, job: str) -> JobDescriptorTypeDef:
    return deployment.client("s3control").describe_job(
        AccountId=deployment.variables["ACCOUNT_ID"], JobId=job
    )["Job"]


def _watch(deployment: Deployment, job: str) -> JobDescriptorTypeDef:
    status = ""
    while True:
        described = _describe(deployment, job)
        if described["Status"] != status:
            status = described["Status"]
            if status in _WAITS:
                terminal.say(_WAITS[status])
        _show_progress(described)
        if status in _ENDED:
            return described
        deployment.clock.sleep(_POLL_SECONDS)


def _show_progress(described: JobDescriptorTypeDef) -> None:
    tasks = described.get("ProgressSummary", {})
    succeeded = tasks.get("NumberOfTasksSucceeded", 0)
    done = succeeded + tasks.get("NumberOfTasksFailed", 0)
    if total := tasks.get("TotalNumberOfTasks", 0):  # unknown until there is a list
        terminal.show_progress(done, total)
