"""Hand a key over to the resizer, whose invocations Lambda retries.

Nobody retries a viewer's request. If one fails after it has written a variant, it
cannot know whether the original was replaced meanwhile; the resizer will.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ..errors import ResizerUnavailable
from ..events.envelopes import reconcile_event


@dataclass(frozen=True, slots=True)
class Resizer:
    """The function that reconciles keys after an upload.

    Attributes:
        client: A boto3 Lambda client.
        function: Its name.
        bucket: The original bucket.
    """

    client: Any
    function: str
    bucket: str

    def reconcile(self, key: str) -> None:
        """Have the key reconciled soon, whatever becomes of this invocation.

        Raises:
            ResizerUnavailable: Lambda did not accept the event.
        """
        event = reconcile_event(self.bucket, key)
        try:
            self.client.invoke(
                FunctionName=self.function,
                InvocationType="Event",
                Payload=json.dumps(event).encode(),
            )
        except (ClientError, BotoCoreError) as error:
            msg = f"lambda:InvokeFunction of {self.function} failed: {error}"
            raise ResizerUnavailable(msg) from error
