"""The decoder's process as the function sees it: pipes, timeout, temporary folder."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import threading
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import EngineFailed
from . import launch, protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ...sizes.size import Size
    from ..probe import Limits

START_TIMEOUT_SECONDS = 20
"""To start Python and ImageMagick and test the policy; it takes 0.1 seconds."""

_EXIT_TIMEOUT_SECONDS = 1.0
"""Between the end of its pipe and its exit, if it is not killed."""


class DecoderDiedError(Exception):
    """The process ended before it responded.

    Attributes:
        timed_out: It was killed for taking too long.
        from_outside: Something else killed it: perhaps the kernel, to free memory.
    """

    def __init__(self, cause: str, *, timed_out: bool, from_outside: bool) -> None:
        super().__init__(cause)
        self.timed_out, self.from_outside = timed_out, from_outside


class Process:
    """One process and its pipes.

    Attributes:
        folder: Its temporary folder, removed with the process.
        served: The number of images requested from it.
        walls: Wall in imaging/walls → None, or why it is missing.
        whole: Why images are decoded as a whole; None if they are decoded by rows.
    """

    def __init__(self, memory: int, cores: int = 1) -> None:
        self.served = 0
        self.walls: dict[str, str | None] = {}
        self.whole: str | None = None
        self._watermarks = set[str]()
        self._is_ready = self._timed_out = False
        self.folder = launch.new_folder()
        try:
            self._process = subprocess.Popen(
                [*launch.command(), str(memory), str(cores)],
                bufsize=0,  # a surplus byte must not stay unseen in a buffer
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=launch.environment(self.folder),
                cwd=self.folder,
                start_new_session=True,  # so that its children are killed with it
            )
        except OSError as error:
            launch.remove_folder(self.folder)
            msg = f"the decoder's process cannot be started: {error}"
            raise EngineFailed(msg) from error

    @property
    def _pipes(self) -> tuple[Any, Any]:
        return self._process.stdin, self._process.stdout

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_idle(self) -> bool:
        """Whether it is alive and silent: all of its last response was read."""
        responses = select.poll()
        responses.register(self._pipes[1], select.POLLIN)
        return not responses.poll(0)  # a dead process's pipe is readable: at its end

    @property
    def left_files(self) -> bool:
        """Whether an image left its folder not empty, or removed or unreadable."""
        try:
            return any(Path(self.folder).iterdir())
        except OSError:
            return True

    def wait_until_ready(self) -> None:
        """Wait until it has built its walls and tested its policy.

        Raises:
            DecoderDiedError: it did not start.
            EngineFailed: the policy allows something it must refuse.
        """
        if self._is_ready:
            return
        header, _ = self._within(START_TIMEOUT_SECONDS, lambda: None)
        if violations := header.get("policy_violations"):
            msg = f"the policy no longer {', '.join(violations)}: rebuild the image"
            raise EngineFailed(msg)
        self.walls = dict(header.get("walls", {}))
        self.whole = header.get("whole")
        self._is_ready = True

    def request(
        self, blob: bytes, sizes: Sequence[Size], limits: Limits
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Send one image; return the response, which is not checked yet.

        Raises:
            DecoderDiedError: it died, was killed after `limits.seconds`, or responded
                to another request: an earlier image may have taken it over.
        """
        self.served += 1
        watermarks = protocol.watermarks(sizes, self._watermarks)
        self._watermarks |= watermarks.keys()
        message = {
            "number": self.served,
            "limits": asdict(limits),
            "sizes": protocol.packed(sizes),
            "watermarks": [*watermarks],
        }
        header, bodies = self._within(
            limits.seconds,
            lambda: protocol.send(
                self._pipes[0], message, [blob, *watermarks.values()]
            ),
            len(sizes),
        )
        if header.get("number") != self.served:
            cause = "it responded to another request"
            raise DecoderDiedError(cause, timed_out=False, from_outside=False)
        return header, bodies

    def stop(self) -> None:
        """End it, even if it is dead already, and remove its folder."""
        self._kill()
        self._process.wait()
        for pipe in self._pipes:
            with suppress(OSError):  # unsent bytes cannot be flushed
                pipe.close()
        launch.remove_folder(self.folder)

    def _within(
        self, seconds: float, send: Callable[[], None], bodies: int = 0
    ) -> tuple[dict[str, Any], list[bytes]]:
        """Send and receive the response; kill the process if that takes longer."""
        try:
            with self._killed_after(seconds):
                send()
                return protocol.receive(self._pipes[1], bodies)
        except (OSError, protocol.ProtocolError) as error:
            raise self._death() from error

    @contextmanager
    def _killed_after(self, seconds: float) -> Iterator[None]:
        timer = threading.Timer(seconds, self._time_out)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _time_out(self) -> None:
        self._timed_out = True
        self._kill()

    def _kill(self) -> None:
        """Kill it and its children: they form a session, and so a process group."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)

    def _death(self) -> DecoderDiedError:
        """Why it died, after its pipe ended or held something other than a message."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_EXIT_TIMEOUT_SECONDS)
        code = self._process.returncode
        if code is None:
            cause = "it sent something other than a response"
        else:
            cause = signal.Signals(-code).name if code < 0 else f"exit {code}"
        timed_out = self._timed_out or code == -signal.SIGXCPU
        from_outside = code == -signal.SIGKILL and not timed_out
        return DecoderDiedError(cause, timed_out=timed_out, from_outside=from_outside)
