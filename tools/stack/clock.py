"""Time, as the commands read it and let it pass; tests have their own."""

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
        now: Seconds that never go back, for spans of time.
        wall: Seconds since 1970, for what others have dated.
        sleep: Let seconds pass.
    """

    now: Callable[[], float] = time.monotonic
    wall: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
