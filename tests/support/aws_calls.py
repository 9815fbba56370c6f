"""Every method of AWS's SDK that the function calls, each with a response as AWS's.

Run as a program, it makes all of them with the data that botocore finds, and prints
what was sent and what was returned as JSON. It needs nothing but botocore, so it also
runs in the container image.
"""

from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest


class Call(NamedTuple):
    """One call.

    Attributes:
        response: The body of the response.
        error: The body of a response of status 400.
    """

    service: str
    method: str
    arguments: dict[str, Any]
    response: str = ""
    error: str = '{"__type": "InternalFailure", "message": "why"}'

    def __str__(self) -> str:
        return f"{self.service}.{self.method}"


_OBJECT = {"Bucket": "photos", "Key": "a b/ü+1.jpg", "ExpectedBucketOwner": "1" * 12}
_WRITTEN = {
    "Body": b"pixels",
    "ContentType": "image/jpeg",
    "IfNoneMatch": "*",
    "Metadata": {"source": "1"},
    "Tagging": "k=v",
}
_S3_ERROR = "<Error><Code>PreconditionFailed</Code><Message>why</Message></Error>"
_TAGS = "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>"
_BUSY = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>TooManyInvalidationsInProgress"
    "</Code><Message>why</Message></Error></ErrorResponse>"
)
_INVALIDATION = {
    "DistributionId": "E1",
    "InvalidationBatch": {
        "Paths": {"Quantity": 1, "Items": ["#tag"]},
        "CallerReference": "1",
    },
}
_ENTRIES = {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]}

CALLS = (
    Call("s3", "head_object", _OBJECT, error=""),
    Call("s3", "get_object", _OBJECT, "pixels", error=_S3_ERROR),
    Call("s3", "get_object_tagging", _OBJECT, _TAGS, _S3_ERROR),
    Call("s3", "put_object", _OBJECT | _WRITTEN, error=_S3_ERROR),
    Call("s3", "delete_object", _OBJECT | {"IfMatch": '"1"'}, error=_S3_ERROR),
    Call("s3", "head_bucket", {"Bucket": "photos"}, error=""),
    Call("s3", "create_bucket", {"Bucket": "photos"}, error=_S3_ERROR),
    Call(
        "sqs",
        "send_message",
        {"QueueUrl": "https://queue", "MessageBody": "{}"},
        '{"MessageId": "1"}',
    ),
    Call(
        "events",
        "put_events",
        _ENTRIES,
        '{"FailedEntryCount": 1, "Entries": [{"ErrorCode": "a", "ErrorMessage": "b"}]}',
    ),
    Call(
        "lambda",
        "invoke",
        {"FunctionName": "resizer", "InvocationType": "Event", "Payload": b"{}"},
    ),
    Call("cloudfront", "create_invalidation", _INVALIDATION, error=_BUSY),
    Call(
        "ssm",
        "get_parameter",
        {"Name": "/a/b"},
        '{"Parameter": {"Name": "/a/b", "Value": "E1", "Version": 1}}',
    ),
    Call(
        "secretsmanager",
        "get_secret_value",
        {"SecretId": "token"},
        '{"Name": "token", "SecretString": "s"}',
    ),
)

_RESPONSE_HEADERS = {
    "content-type": "application/xml",
    "etag": '"1"',
    "last-modified": "Wed, 25 Nov 2026 10:00:00 GMT",
    "x-amz-meta-source": "2",
    "x-amz-tagging-count": "1",
    "x-amz-version-id": "3",
    "x-amzn-requestid": "4",
}
_CHANGING_HEADERS = {"user-agent", "x-amz-date", "amz-sdk-invocation-id"}


def make(call: Call, session: Session, region: str, **config: Any) -> list[Any]:
    """What was sent and returned, if AWS reports success and if it reports an error."""
    config |= {"retries": {"total_max_attempts": 1}}
    try:
        client = session.create_client(
            call.service, region_name=region, config=Config(**config)
        )
    except BotoCoreError as error:  # not every partition has every kind of endpoint
        return [str(error)]
    return [
        _make(client, call, 200, call.response),
        _make(client, call, 400, call.error),
    ]


def _make(client: Any, call: Call, status: int, body: str) -> list[Any]:
    sent: list[Any] = []

    def respond(request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        sent.extend(_described(request))
        headers = HTTPHeaders.from_dict(_RESPONSE_HEADERS)
        return AWSResponse(request.url, status, headers, _Raw(body.encode()))

    event = f"before-send.{client.meta.service_model.service_id.hyphenize()}"
    client.meta.events.register(event, respond)
    try:
        returned = getattr(client, call.method)(**call.arguments)
    except ClientError as error:
        returned = error.response
    except BotoCoreError as error:
        return [str(error)]
    finally:
        client.meta.events.unregister(event, respond)
    return [*sent, _plain(returned)]


class _Raw(io.BytesIO):
    """What botocore needs of urllib3's response."""

    def stream(self, **_: Any) -> list[bytes]:
        return [self.read()]


def _described(request: AWSPreparedRequest) -> list[Any]:
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value
        for name, value in request.headers.items()
        if name.lower() not in _CHANGING_HEADERS
    }
    # Without the date and the signature of it, but with region and service.
    signed = headers.pop("authorization").split("/", 2)[2].split(", Signature=")[0]
    body = request.body
    text = body.decode() if isinstance(body, bytes) else _read(body)
    return [request.method, request.url, dict(sorted(headers.items())), signed, text]


def _read(body: Any) -> str:
    return body.read().decode() if hasattr(body, "read") else str(body)


def _plain(value: Any) -> Any:
    """A returned value as JSON has it; bodies are read."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if hasattr(value, "read"):
        return value.read().decode()
    return value if isinstance(value, int) else str(value)


def session() -> Session:
    """A session with credentials."""
    made = Session()
    made.set_credentials("key", "secret")
    return made


def main() -> None:
    """Make every call in one region."""
    made = session()
    json.dump([make(call, made, "eu-central-1") for call in CALLS], sys.stdout)


if __name__ == "__main__":
    main()
