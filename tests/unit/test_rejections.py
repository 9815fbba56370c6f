"""The record of a rejected upload: small enough to keep, and never lost."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from resize_on_upload.errors import CorruptImage, QueueUnavailable
from resize_on_upload.events.envelopes import Change
from resize_on_upload.outputs.rejections import Rejections, rejection_record
from resize_on_upload.sizes.parser import parse

SIZES = parse('{"sizes": ["9x"]}')
LARGEST_MESSAGE = 256 * 1024
"""Bytes: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html"""


def test_a_record_of_any_rejection_fits_into_a_message() -> None:
    """Its detail may quote the file; SQS would refuse a longer record."""
    change = Change("photos-original", "\N{GRINNING FACE}" * 256)
    rejection = CorruptImage("\N{GRINNING FACE}" * LARGEST_MESSAGE)
    kept = rejection_record(change, "v1", rejection, SIZES)
    assert kept["detail"]
    assert len(json.dumps(kept).encode()) < LARGEST_MESSAGE


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDenied"}}, "SendMessage"),
        ClientError(
            {"Error": {"Code": "AWS.SimpleQueueService.NonExistentQueue"}},
            "SendMessage",
        ),
        EndpointConnectionError(endpoint_url="https://sqs"),
    ],
    ids=["refused", "gone", "unreachable"],
)
def test_a_record_that_the_queue_does_not_accept_is_a_failure(error: Exception) -> None:
    """So the upload is retried, and recorded then."""

    def fail(**_: Any) -> None:
        raise error

    client: Any = SimpleNamespace(send_message=fail)
    queue = Rejections(client, "https://queue")
    with pytest.raises(QueueUnavailable, match="sqs:SendMessage to https://queue"):
        queue.send({"key": "a.png"})
