"""Call S3 again, after a while, as long as it is overloaded.

S3 answers a burst with 503 until it has split its partitions, which takes up to an
hour; the SDK's own three attempts are over within seconds:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from .overload import OVERLOADED

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_s3 import S3Client

MAX_WAIT_SECONDS = 10.0
"""Between two calls."""

LAST_CALL_SECONDS = 3.0
"""For one more call after a wait: its attempts, and the SDK's waits between them."""

_MIN_SECONDS_LEFT = 0.5
"""With less, no further call is worth its time."""

_STATUSES = {500, 503}
_CODES = OVERLOADED | {"KMS.ThrottlingException"}


@dataclass(frozen=True, slots=True)
class Patience:
    """Repeats calls while S3 is overloaded, after random waits that become longer.

    Attributes:
        seconds_left: For waiting, from now on; not for the call after it.
        note_throttled: Called after each refusal, with the seconds to wait now.
    """

    seconds_left: Callable[[], float]
    note_throttled: Callable[[float], None]

    def call(self, method: Callable[..., Any], **arguments: Any) -> Any:
        """Return the response of the first call that has one.

        Raises:
            ClientError: S3 refused for another reason, or until no time was left.
        """
        numbers = count()
        while True:
            try:
                return method(**arguments)
            except ClientError as error:
                if not is_throttled(error):
                    raise
                wait = self._next_wait(next(numbers))
                self.note_throttled(wait)
                if not wait:
                    raise
            time.sleep(wait)

    def _next_wait(self, number: int) -> float:
        """Full jitter, so that invocations do not come back together; 0 is the end."""
        left = self.seconds_left()
        if left < _MIN_SECONDS_LEFT:
            return 0.0
        most = min(MAX_WAIT_SECONDS, left, 2.0**number)
        return random.uniform(0, most) or most  # noqa: S311 - jitter


class _PatientClient:
    """A client of S3, of which every call is patient."""

    def __init__(self, client: S3Client, patience: Patience) -> None:
        self._client, self._patience = client, patience

    def __getattr__(self, name: str) -> Any:
        return partial(self._patience.call, getattr(self._client, name))


def patient(client: S3Client, patience: Patience) -> S3Client:
    """The client, with calls that wait while S3 is overloaded."""
    return cast("S3Client", _PatientClient(client, patience))


def is_throttled(error: ClientError) -> bool:
    """Whether S3 is overloaded, or KMS behind it; a HEAD has a status but no code."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status in _STATUSES or error.response["Error"]["Code"] in _CODES
