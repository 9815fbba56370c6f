"""Kill execution environments and decoders at random."""

from __future__ import annotations

import random
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from local.emulator import disturbances

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterator

    from local.emulator.lambda_pool import LambdaPool

INVOCATIONS_PER_KILL = (3, 8)
"""Counted in invocations, not in seconds: a slow machine would only see kills."""


@contextmanager
def killing(pool: LambdaPool, counts: Counter[str]) -> Iterator[None]:
    """Kill an environment or a decoder now and then during the block."""
    is_over = threading.Event()

    def kill() -> None:
        due = random.randint(*INVOCATIONS_PER_KILL)  # noqa: S311 - not a secret
        while not is_over.wait(0.02):
            if pool.activity.ended < due:
                continue
            if random.random() < 0.5:  # noqa: PLR2004, S311 - one or the other
                counts["killed"] += disturbances.kill_environment(pool)
            else:
                counts["decoders killed"] += disturbances.kill_decoder(pool)
            due = pool.activity.ended + random.randint(*INVOCATIONS_PER_KILL)  # noqa: S311 - not a secret

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        is_over.set()
        killer.join()
