"""Send a request until S3 answers it: what fails is sent again, after a while."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from botocore import exceptions as aws

from resize_on_upload.storage.overload import OVERLOADED
from resize_on_upload_cli.s3 import pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload_cli.s3.messages import Response

MAX_ATTEMPTS = 15
"""Between them are waits of half a minute altogether."""

MAX_SECONDS = 150.0
"""After which no attempt is repeated: one that S3 does not answer takes a minute."""

MAX_UNREACHED_ATTEMPTS = 3
"""While S3 has never answered: the mistake is probably here."""

MAX_WAIT_SECONDS = 5.0
_MIN_WAIT_SECONDS = 0.1

_UNAVAILABLE = (429, 500, 502, 503, 504)
_CODES = OVERLOADED | {"RequestTimeout"}

_MAX_SKEW = timedelta(minutes=4)
"""Of this machine's clock; S3 allows 15 minutes."""

_REFUSED = 403

_CONNECTION_ERRORS = (
    aws.EndpointConnectionError,
    aws.ConnectionClosedError,
    aws.ConnectTimeoutError,
    aws.ReadTimeoutError,
    aws.ProxyConnectionError,
)


@dataclass(slots=True)
class Attempts:
    """Repeats requests, and knows S3's clock.

    Attributes:
        sleep: What waits.
        monotonic: What measures.
        reached: Whether S3 has ever answered.
        skew: S3's clock minus this machine's.
    """

    sleep: Callable[[float], object] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    reached: bool = False
    skew: timedelta = field(default_factory=timedelta)

    def now(self) -> datetime:
        """Return the time by S3's clock."""
        return datetime.now(UTC) + self.skew

    def run(self, send: Callable[[], Response]) -> Response:
        """Return the response of the first attempt that has one, or of the last.

        Raises:
            BotoCoreError: the last one had none.
        """
        end = self.monotonic() + MAX_SECONDS
        for number in range(1, MAX_ATTEMPTS):
            try:
                response = send()
            except _CONNECTION_ERRORS:
                if number >= MAX_UNREACHED_ATTEMPTS and not self.reached:
                    raise
                if self.monotonic() > end:
                    raise
            else:
                self.reached = True
                if not (self._clock_was_set(response) or _is_unavailable(response)):
                    return response
                if self.monotonic() > end:
                    return response
            self.sleep(_wait_seconds(number))
        return send()

    def _clock_was_set(self, response: Response) -> bool:
        """Take S3's time from a refusal, if this machine's is wrong."""
        if response.status != _REFUSED or "date" not in response.headers:
            return False
        try:
            time = parsedate_to_datetime(response.headers["date"]).astimezone(UTC)
        except (ValueError, OverflowError):
            return False
        if abs(time - self.now()) < _MAX_SKEW:
            return False
        self.skew = time - datetime.now(UTC)
        return True


def _is_unavailable(response: Response) -> bool:
    if response.status in _UNAVAILABLE:
        return True
    return bool(response.body) and pages.error_of(response.body).get("Code") in _CODES


def _wait_seconds(attempts: int) -> float:
    """Return a random time, so that 32 of them do not come back together."""
    most = min(MAX_WAIT_SECONDS, _MIN_WAIT_SECONDS * 2**attempts)
    return random.uniform(0, most)  # noqa: S311 - no secret
