"""S3 as it is when it is overloaded: it refuses a share of all calls for a while."""

from __future__ import annotations

import random
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.cloud_proxy import Call, CloudProxy

SHARE = 0.2
"""Of the calls that are refused."""

SECONDS = 60.0
"""For how long."""


@dataclass(slots=True)
class Overload:
    """An overload that begins now.

    Attributes:
        refused: The number of calls it has refused.
    """

    refused: int = 0
    _end: float = field(default_factory=lambda: time.monotonic() + SECONDS)
    _random: random.Random = field(default_factory=lambda: random.Random(5))  # noqa: S311 - not a secret

    def refuses(self, _: Call) -> bool:
        """Return whether S3 refuses a call."""
        is_refused = time.monotonic() < self._end and self._random.random() < SHARE
        self.refused += is_refused
        return is_refused


@contextmanager
def overloading(proxy: CloudProxy, *, wanted: bool) -> Iterator[Overload]:
    """Overload the S3 behind a proxy from now on, if wanted."""
    overload = Overload()
    if not wanted:
        yield overload
        return
    with proxy.failing(overload.refuses):
        yield overload
