"""SQS's calls about ten messages of a queue each; they may run in threads.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/Welcome.html
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from resize_on_upload_cli.errors import DeploymentError
from resize_on_upload_cli.queues import message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import (
        ChangeMessageVisibilityBatchRequestEntryTypeDef,
        DeleteMessageBatchRequestEntryTypeDef,
    )

    from resize_on_upload_cli.queues.message import Message

MAX_BATCH = 10
"""Messages of one call."""

_POLL_SECONDS = 1
"""Long polling asks all of SQS's servers, short polling only some of them.
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-short-and-long-polling.html"""

_COUNTS: Final = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
)

_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


class QueueGoneError(DeploymentError):
    """The queue was deleted."""


@dataclass(frozen=True, slots=True)
class QueueCalls:
    """The calls about one queue.

    Attributes:
        client: Of SQS.
        url: Of the queue.
    """

    client: SQSClient
    url: str

    def receive(self, seconds: int) -> list[Message]:
        """Receive some messages and hide them; none if none is visible."""
        with self._explained():
            response = self.client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=MAX_BATCH,
                VisibilityTimeout=seconds,
                WaitTimeSeconds=_POLL_SECONDS,
                MessageSystemAttributeNames=["SentTimestamp"],
            )
        return [message.parse(one) for one in response.get("Messages", ())]

    def delete(self, messages: Sequence[Message]) -> list[Message]:
        """Delete messages; return those that SQS has deleted."""
        entries: list[DeleteMessageBatchRequestEntryTypeDef] = [
            {"Id": str(number), "ReceiptHandle": one.receipt}
            for number, one in enumerate(messages)
        ]
        with self._explained():
            response = self.client.delete_message_batch(
                QueueUrl=self.url, Entries=entries
            )
        failed = {int(one["Id"]) for one in response.get("Failed", ())}
        return [one for number, one in enumerate(messages) if number not in failed]

    def hide(self, receipts: Sequence[str], seconds: int) -> None:
        """Hide messages for some seconds from now; 0 shows them."""
        entries: list[ChangeMessageVisibilityBatchRequestEntryTypeDef] = [
            {
                "Id": str(number),
                "ReceiptHandle": receipt,
                "VisibilityTimeout": seconds,
            }
            for number, receipt in enumerate(receipts)
        ]
        with self._explained():
            self.client.change_message_visibility_batch(
                QueueUrl=self.url, Entries=entries
            )

    def count(self) -> int:
        """Return the number of messages, visible or hidden."""
        return sum(self.counts())

    def counts(self) -> tuple[int, int]:
        """Return the numbers of visible and of hidden messages."""
        with self._explained():
            response = self.client.get_queue_attributes(
                QueueUrl=self.url, AttributeNames=_COUNTS
            )
        visible, hidden = (int(response["Attributes"][name]) for name in _COUNTS)
        return visible, hidden

    def arn(self) -> str:
        """Return the queue's ARN."""
        with self._explained():
            response = self.client.get_queue_attributes(
                QueueUrl=self.url, AttributeNames=["QueueArn"]
            )
        return response["Attributes"]["QueueArn"]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except ClientError as error:
            if error.response["Error"].get("Code") not in _GONE:
                raise
            msg = (
                f"the queue {self.url.rpartition('/')[2]} is gone: the stack was "
                "deleted, or deployed with another one; run this again"
            )
            raise QueueGoneError(msg) from error
