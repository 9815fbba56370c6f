"""What the functions are invoked with: the events of AWS services, and a context."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


class LambdaContext:
    """Lambda's context: milliseconds left of the invocation, call by call."""

    aws_request_id = "1"

    def __init__(self, *left: int) -> None:
        self._left: Iterator[int] = iter(left)

    def get_remaining_time_in_millis(self) -> int:
        return next(self._left)


def s3_record(bucket: str, key: str) -> dict[str, Any]:
    """A record of S3's event for an upload."""
    return {
        "eventSource": "aws:s3",
        "eventName": "ObjectCreated:Put",
        "s3": {"bucket": {"name": bucket}, "object": {"key": key}},
    }


def batch(*keys: str, schema: str = "2.0") -> Any:
    """S3 Batch Operations' invocation, in either schema."""
    place = {
        "1.0": {"s3BucketArn": "arn:aws:s3:::photos-original"},
        "2.0": {"s3Bucket": "photos-original"},
    }[schema]
    job = {"id": "1", "userArguments": {}} if schema == "2.0" else {"id": "1"}
    return {
        "invocationSchemaVersion": schema,
        "invocationId": "abc",
        "job": job,
        "tasks": [
            {"taskId": str(number), "s3Key": key, "s3VersionId": None, **place}
            for number, key in enumerate(keys)
        ],
    }


def queue(*bodies: Any) -> Any:
    """SQS's invocation with a message for each body."""
    return {
        "Records": [
            {"eventSource": "aws:sqs", "messageId": str(number), "body": body}
            for number, body in enumerate(bodies)
        ]
    }
