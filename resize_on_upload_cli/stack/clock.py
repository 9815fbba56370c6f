"""The time, as the commands read it and wait; tests pass their own."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock.

    Attributes:
        monotonic: Seconds that never go back, to measure durations.
        wall_time: Seconds since 1970, to compare with AWS's timestamps.
        sleep: Wait for a number of seconds.
    """

    monotonic: Callable[[], float] = time.monotonic
    wall_time: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
