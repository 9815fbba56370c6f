"""An AWS account in memory, with just enough for the commands to print."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload_cli.s3.pages import Page
from resize_on_upload_cli.stack.deployment import Deployment
from tests.support.fake_sqs import FakeSQS

if TYPE_CHECKING:
    from collections.abc import Iterator

OUTPUTS = {
    "OriginalBucketName": "original",
    "ResizedBucketName": "resized",
    "JobsBucketName": "jobs",
    "FunctionName": "function",
    "LogGroupName": "log",
    "FailedQueueUrl": "failed",
    "RejectedQueueUrl": "rejected",
}
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC)


def client_error(code: str, operation: str = "HeadObject") -> ClientError:
    """Return an error as botocore raises it."""
    return ClientError({"Error": {"Code": code, "Message": "as given"}}, operation)


ABSENT = client_error("404")


@dataclass
class Account:
    """The account; except for SQS, every client is this object.

    Attributes:
        originals: Keys of the original bucket; none has a variant.
        resized: Keys of the resized bucket; none has an original.
        queues: Messages by queue.
        sizes: What the function makes.
        refused: Raised by CloudFormation in place of an answer.
        invoked: Payloads that the function was invoked with.
    """

    originals: list[str] = field(default_factory=list)
    resized: list[str] = field(default_factory=list)
    queues: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    sizes: str = '{"sizes":["150x","50x50","x150"]}'
    refused: Exception | None = None
    invoked: list[str] = field(default_factory=list)
    region_name: str = "eu-central-1"

    @property
    def deployment(self) -> Deployment:
        """The deployment in it."""
        queues = FakeSQS(("failed", "rejected"))
        for url, bodies in self.queues.items():
            for body in bodies:
                queues.send(url, body)
        clock = queues.clock.for_commands()
        found = Deployment(self, clock=clock, _clients={"sqs": queues})
        vars(found).update(reader=AccountReader(self))
        return found

    def client(self, _service: str, **_: Any) -> Account:
        return self

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        if self.refused:
            raise self.refused
        listed = [{"OutputKey": k, "OutputValue": v} for k, v in OUTPUTS.items()]
        return {"Stacks": [{"Outputs": listed}]}

    def get_function_configuration(self, **_: Any) -> dict[str, Any]:
        variables = {"SIZES": self.sizes, "MIRROR_DELETES": "true", "ACCOUNT_ID": "1"}
        return {
            "Environment": {
                "Variables": {**variables, **dict.fromkeys(("CARRY_OVER",), "")}
            },
            "MemorySize": 1_769,
        }

    def get_paginator(self, name: str) -> Pages:
        return Pages(self, name)

    def head_object(self, **call: str) -> dict[str, Any]:
        if call["Bucket"] == "original" and call["Key"] in self.originals:
            return {"ContentLength": 9, "ETag": '"e"', "LastModified": WRITTEN}
        if call["Bucket"] == "resized" and call["Key"] in self.resized:
            return {"ETag": '"e"', "Metadata": {"recipe": "r", "source": "gone"}}
        raise ABSENT

    def get_object(self, **_: str) -> dict[str, Any]:
        raise ABSENT

    def put_object(self, **_: Any) -> dict[str, Any]:
        return {}

    def delete_object(self, **call: str) -> None:
        if call["Bucket"] == "resized":
            self.resized.remove(call["Key"])

    def get_bucket_lifecycle_configuration(self, **_: str) -> dict[str, Any]:
        return {"Rules": []}

    def delete_objects(self, **call: Any) -> dict[str, Any]:
        for one in call["Delete"]["Objects"]:
            self.delete_object(Bucket=call["Bucket"], Key=one["Key"])
        return {}

    def list_object_versions(self, **_: Any) -> dict[str, Any]:
        return {}

    def list_objects_v2(self, **_: Any) -> dict[str, Any]:
        return {}

    def filter_log_events(self, **_: Any) -> dict[str, Any]:
        return {"events": []}

    def get_metric_statistics(self, **_: Any) -> dict[str, Any]:
        return {"Datapoints": []}

    def invoke(self, **call: Any) -> dict[str, Any]:
        self.invoked.append(call["Payload"])
        return {"Payload": io.BytesIO()}


@dataclass(frozen=True, slots=True)
class Pages:
    """A paginator with one page."""

    account: Account
    name: str

    def paginate(self, **call: str) -> Iterator[dict[str, Any]]:
        original = call["Bucket"] == "original"
        keys = self.account.originals if original else self.account.resized
        found = [one for one in sorted(keys) if one.startswith(call.get("Prefix", ""))]
        if "Delimiter" in call:
            tops = sorted({f"{key.split('/', 1)[0]}/" for key in found})
            yield {"CommonPrefixes": [{"Prefix": top} for top in tops]}
            return
        entry = {"Size": 9, "ETag": '"e"', "LastModified": WRITTEN, "IsLatest": True}
        listed = "Versions" if self.name == "list_object_versions" else "Contents"
        yield {listed: [{"Key": key, **entry} for key in found]}


@dataclass(frozen=True, slots=True)
class AccountReader:
    """The reader of its buckets."""

    account: Account

    def head_object(self, **call: str) -> dict[str, Any]:
        return self.account.head_object(**call)

    def objects(
        self, bucket: str, prefix: str = "", delimiter: str = ""
    ) -> Iterator[Page]:
        folders = {"Delimiter": delimiter} if delimiter else {}
        pages = Pages(self.account, "list_objects_v2")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix, **folders):
            prefixes = [one["Prefix"] for one in page.get("CommonPrefixes", ())]
            yield Page(page.get("Contents", []), prefixes, None)

    def versions(self, bucket: str, prefix: str) -> Iterator[Page]:
        pages = Pages(self.account, "list_object_versions")
        for page in pages.paginate(Bucket=bucket, Prefix=prefix):
            yield Page(page["Versions"], [], None)
