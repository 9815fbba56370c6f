"""Crashes and hangs of execution environments, for tests."""

from __future__ import annotations

import os
import random
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from local.processes import descendants

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.lambda_pool import LambdaPool


def kill_environment(pool: LambdaPool) -> bool:
    """Kill a random environment, as a crash would; return whether there was one."""
    alive = pool.alive()
    if alive:
        random.choice(alive).program.kill()  # noqa: S311 - not a secret
    return bool(alive)


def kill_decoder(pool: LambdaPool) -> bool:
    """Kill the decoder of a random environment; return whether there was one."""
    decoders = [
        pid
        for environment in pool.alive()
        for pid, command in descendants(environment.program.process.pid).items()
        if "imaging.sandbox.worker" in command
    ]
    if decoders:
        with suppress(ProcessLookupError):
            os.kill(random.choice(decoders), signal.SIGKILL)  # noqa: S311 - not a secret
    return bool(decoders)


@contextmanager
def paused(pool: LambdaPool) -> Iterator[None]:
    """Stop all environments during the block, as a call that does not return."""
    alive = pool.alive()
    for environment in alive:
        os.killpg(environment.program.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for environment in alive:
            os.killpg(environment.program.process.pid, signal.SIGCONT)
