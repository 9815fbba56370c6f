"""A deployment in memory whose functions have log groups."""

from __future__ import annotations

from typing import Any

from tests.support.fake_logs import FakeLogs
from tests.support.fake_stack import FakeStack


class LoggedStack(FakeStack):
    """A deployment with two functions, each with a log group.

    Attributes:
        now: Seconds since 1970, as the commands read the time.
    """

    def __init__(
        self, sizes: str = '{"sizes": ["9x"]}', now: float = 1_000_000.0
    ) -> None:
        super().__init__(sizes)
        self.sqs.clock.now = now
        self.now = now
        self.logs = FakeLogs()
        self._clients["logs"] = self.logs
        self.outputs["LogGroupName"] = "/aws/lambda/resize"
        self.outputs["OnRequestLogGroupName"] = "/aws/lambda/views"

    def line(self, age: float, key: str, **fields: Any) -> None:
        """Log the outcome of a key, some seconds ago."""
        fields = {"event": "image.resized", "key": key, **fields}
        self.text(age, fields)

    def text(
        self, age: float, line: str | dict[str, Any], group: str = "resize"
    ) -> None:
        """Log any line of a function, some seconds ago."""
        at = round((self.now - age) * 1_000)
        self.logs.add(f"/aws/lambda/{group}", at, line)
