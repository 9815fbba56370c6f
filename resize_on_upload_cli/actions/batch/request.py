"""The requests for jobs of S3 Batch Operations; the weekly sweep sends one as well.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateJob.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from resize_on_upload_cli.actions.batch.filters import Filter

MAX_REPORTED = 1_000_000
"""Keys up to which a report lists all of them, and not only those that failed."""

_MAX_DESCRIPTION = 256


@dataclass(frozen=True, slots=True)
class Participants:
    """Who takes part in a job.

    Attributes:
        jobs: The name of the bucket of lists and reports.
        function: The ARN of the function that S3 invokes.
        role: The ARN of the role that S3 assumes.
    """

    account: str
    partition: str
    jobs: str
    function: str
    role: str

    def bucket(self, name: str) -> str:
        """Return the ARN of a bucket."""
        return f"arn:{self.partition}:s3:::{name}"


def of_list(
    participants: Participants, folder: str, etag: str, keys: int
) -> dict[str, Any]:
    """Return the request for a list that has been written.

    Args:
        participants: Of the job.
        folder: Of the list, in the jobs bucket; the report is written next to it.
        etag: Of the list.
        keys: Their number.
    """
    jobs = participants.bucket(participants.jobs)
    manifest = {
        "Spec": {
            "Format": "S3BatchOperations_CSV_20180820",
            "Fields": ["Bucket", "Key"],
        },
        "Location": {"ObjectArn": f"{jobs}/{folder}/manifest.csv", "ETag": etag},
    }
    scope = "AllTasks" if keys <= MAX_REPORTED else "FailedTasksOnly"
    return {**_request(participants, folder, scope), "Manifest": manifest}


def of_originals(
    participants: Participants, folder: str, original: str, wanted: Filter
) -> dict[str, Any]:
    """Return the request for originals that S3 itself lists.

    Args:
        participants: Of the job.
        folder: In the jobs bucket, for S3's list and the report.
        original: The name of the bucket of originals.
        wanted: Which originals.
    """
    account = participants.account
    generator = {
        "SourceBucket": participants.bucket(original),
        "ExpectedBucketOwner": account,
        "EnableManifestOutput": True,
        "ManifestOutputLocation": {
            "Bucket": participants.bucket(participants.jobs),
            "ExpectedManifestBucketOwner": account,
            "ManifestPrefix": folder,
            "ManifestFormat": "S3InventoryReport_CSV_20211130",
        },
    }
    if filtered := wanted.request():
        generator["Filter"] = filtered
    request = _request(participants, folder, "FailedTasksOnly")
    return {**request, "ManifestGenerator": {"S3JobManifestGenerator": generator}}


def described(stack: str, text: str) -> str:
    """Return what the console shows for a job."""
    return f"{stack}: {text}"[:_MAX_DESCRIPTION]


def _request(participants: Participants, folder: str, scope: str) -> dict[str, Any]:
    """Return what both kinds have; a token and a description are to be added."""
    return {
        "AccountId": participants.account,
        "Operation": {
            "LambdaInvoke": {
                "FunctionArn": participants.function,
                "InvocationSchemaVersion": "2.0",
            }
        },
        "Report": {
            "Bucket": participants.bucket(participants.jobs),
            "Prefix": folder,
            "Format": "Report_CSV_20180820",
            "Enabled": True,
            "ReportScope": scope,
        },
        "Priority": 10,
        "RoleArn": participants.role,
        "ConfirmationRequired": False,
    }
