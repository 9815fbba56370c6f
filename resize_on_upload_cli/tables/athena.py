"""Run a query in the stack's Athena workgroup, and read its result from S3."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from resize_on_upload_cli import terminal
from resize_on_upload_cli.errors import DeploymentError
from resize_on_upload_cli.tables.failures import explain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cli.stack.deployment import Deployment

_WAITING = ("QUEUED", "RUNNING")
_SUCCEEDED = "SUCCEEDED"
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0
"""Seconds between two looks at a query; each wait is half as long again."""

_CHUNK = 1 << 18


@dataclass(frozen=True, slots=True)
class Result:
    """A query that has succeeded.

    Attributes:
        query: Its id.
        location: The URL of the CSV, as `s3://bucket/key`.
        scanned: Bytes that it read, which is what it costs.
    """

    query: str
    location: str
    scanned: int

    def lines(self, deployment: Deployment) -> Iterator[str]:
        """Yield the lines of the CSV as they arrive; memory does not grow with it."""
        place = urlsplit(self.location, allow_fragments=False)
        found = deployment.client("s3").get_object(
            Bucket=place.netloc, Key=place.path.lstrip("/")
        )
        return (line.decode() for line in found["Body"].iter_lines(_CHUNK))


def run(deployment: Deployment, workgroup: str, sql: str) -> Result:
    """Run a query; it is stopped if the command is.

    Raises:
        DeploymentError: it failed, or was cancelled.
    """
    client = deployment.client("athena")
    query = _start(client, workgroup, sql)
    ended = False
    try:
        terminal.say(f"Query {query} runs in Athena. Ctrl-C stops it.")
        found = _wait(deployment, client, query)
        ended = True
    finally:
        if not ended:
            with suppress(ClientError, BotoCoreError):
                client.stop_query_execution(QueryExecutionId=query)
    return _result(found, query)


def _start(client: Any, workgroup: str, sql: str) -> str:
    try:
        started = client.start_query_execution(
            QueryString=sql, WorkGroup=workgroup, ClientRequestToken=uuid.uuid4().hex
        )
    except ClientError as error:
        details = error.response["Error"]
        if details.get("Code") != "InvalidRequestException":
            raise
        msg = (
            f"Athena did not accept the query: {details.get('Message')}. "
            f"The workgroup is {workgroup}; `resize-on-upload doctor --stack` checks it"
        )
        raise DeploymentError(msg) from error
    return str(started["QueryExecutionId"])


def _wait(deployment: Deployment, client: Any, query: str) -> dict[str, Any]:
    wait = _FIRST_WAIT
    while True:
        response = client.get_query_execution(QueryExecutionId=query)
        found: dict[str, Any] = response["QueryExecution"]
        if found["Status"]["State"] not in _WAITING:
            return found
        deployment.clock.sleep(wait)
        wait = min(wait * 1.5, _LONGEST_WAIT)


def _result(found: dict[str, Any], query: str) -> Result:
    status = found["Status"]
    if status["State"] != _SUCCEEDED:
        error = status.get("AthenaError", {}).get("ErrorMessage")
        reason = status.get("StateChangeReason") or error or ""
        raise DeploymentError(explain(status["State"], reason, query))
    scanned = found.get("Statistics", {}).get("DataScannedInBytes", 0)
    location = found["ResultConfiguration"]["OutputLocation"]
    return Result(query, location, scanned)
