"""The decoder's process: results, limits, deaths, and what it leaves behind."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from resize_on_upload.errors import (
    DecoderCrash,
    DecodeTimeout,
    EngineFailed,
    TooManyPixels,
    UnsupportedFormat,
)
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox import launch, process, protocol, response
from resize_on_upload.imaging.sandbox import sandbox as walls
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload.imaging.sandbox.verify import verify
from resize_on_upload.sizes.parser import parse
from tests.support import images
from tests.support.waiting import MAX_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = parse(
    '{"sizes": ["150x", "50x50", {"geometry": "9x9^", "name": "c", "crop": true}]}'
)
MEMORY = 1_500 * 1024 * 1024
LARGE = images.encoded("webp", 7_000, 6_000)  # some tenths of a second of work


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    box = Sandbox(MEMORY, Limits())
    yield box
    box.close()


def _pid(box: Sandbox) -> int:
    assert box.pid
    return box.pid


def _folder(box: Sandbox) -> Path:
    assert box._process
    return Path(box._process.folder)


def test_it_makes_the_same_as_the_engine(sandbox: Sandbox) -> None:
    """The same bytes as without a sandbox; the process is kept."""
    blob = images.encoded("jpeg", 300, 200)
    assert sandbox.make_variants(blob, SIZES) == make_variants(blob, SIZES)
    first = _pid(sandbox)
    assert sandbox.make_variants(images.png(20, 10), SIZES).source.format == "png"
    assert _pid(sandbox) == first


def test_a_rejection_keeps_its_class_and_message(sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedFormat, match="the content is PDF"):
        sandbox.make_variants(b"%PDF-1.7", SIZES)
    first = _pid(sandbox)
    assert sandbox.make_variants(images.png(20, 10), SIZES)
    assert _pid(sandbox) == first  # a rejection costs no process


def test_the_process_has_no_secrets(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its environment contains no credentials and no bucket names."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "ORIGINAL_BUCKET", "X"):
        monkeypatch.setenv(name, "SECRET")
    box = Sandbox(MEMORY, Limits())
    box.make_variants(images.png(20, 10), SIZES)
    environment = Path(f"/proc/{_pid(box)}/environ").read_bytes()
    box.close()
    assert b"SECRET" not in environment
    assert b"AWS" not in environment


def test_the_process_is_limited(sandbox: Sandbox) -> None:
    sandbox.make_variants(images.png(20, 10), SIZES)
    text = Path(f"/proc/{_pid(sandbox)}/limits").read_text()
    limits = {line[:25].strip(): line[25:].split() for line in text.splitlines()[1:]}
    assert limits["Max address space"][:2] == [str(MEMORY)] * 2
    assert limits["Max core file size"][:2] == ["0", "0"]
    assert limits["Max open files"][:2] == ["64", "64"]
    assert limits["Max file size"][:2] == [str(128 * 1024 * 1024)] * 2
    assert int(limits["Max cpu time"][0]) < 100


def test_it_is_killed_after_its_time(sandbox: Sandbox) -> None:
    """The image is rejected at once; the next one gets a new process."""
    sandbox.make_variants(images.png(20, 10), SIZES)
    before, start = _pid(sandbox), time.monotonic()
    with pytest.raises(DecodeTimeout, match=r"more than 0\.1 seconds"):
        sandbox.make_variants(LARGE, SIZES, seconds=0.1)
    assert time.monotonic() - start < Limits().seconds / 2
    assert not Path(f"/proc/{before}").exists()
    assert sandbox.make_variants(images.png(20, 10), SIZES)


def _kill(box: Sandbox, sign: signal.Signals = signal.SIGKILL) -> None:
    """Kill the decoder and wait for its end, but do not reap it."""
    pid = _pid(box)
    os.kill(pid, sign)
    with suppress(ChildProcessError):  # the function may have waited before
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


class Killer:
    """Kills the decoder at a step of an exchange: "request", "work" or "response"."""

    def __init__(
        self, box: Sandbox, patch: pytest.MonkeyPatch, step: str, times: int = 1
    ) -> None:
        self.sign = signal.SIGKILL
        self._box, self._step, self._left = box, step, times
        self._send, self._receive = protocol.send, protocol.receive
        patch.setattr(protocol, "send", self._sending)
        patch.setattr(protocol, "receive", self._receiving)

    def _sending(self, *message: Any) -> None:
        if self._step == "request" and self._left:
            os.kill(_pid(self._box), signal.SIGSTOP)  # so the pipe runs full
            threading.Timer(0.1, self._strike).start()
        self._send(*message)
        if self._step == "work" and self._left:
            self._strike()

    def _receiving(self, *message: Any) -> Any:
        response = self._receive(*message)
        if self._step == "response" and self._left:
            self._strike()
        return response

    def _strike(self) -> None:
        self._left -= 1
        _kill(self._box, self.sign)


BLOB = images.encoded("jpeg", 300, 200)


def _all_is_well(box: Sandbox) -> None:
    for blob in (BLOB, LARGE, BLOB):
        assert box.make_variants(blob, SIZES).variants


@pytest.mark.parametrize("blob", [BLOB, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("served", [0, 1])
def test_a_death_while_idle_costs_nothing(
    sandbox: Sandbox, served: int, blob: bytes
) -> None:
    """Also twice in a row: each time the next image gets another process."""
    for _ in range(2):
        sandbox._ready()
        for _ in range(served):
            sandbox.make_variants(BLOB, SIZES)
        folder = _folder(sandbox)
        _kill(sandbox)
        assert sandbox.make_variants(blob, SIZES).variants
        assert not folder.exists()
    _all_is_well(sandbox)


def test_a_death_before_it_has_started_costs_nothing(sandbox: Sandbox) -> None:
    _kill(sandbox)
    _all_is_well(sandbox)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize("step", ["request", "work", "response"])
def test_a_kill_from_outside_costs_nothing(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, step: str, times: int
) -> None:
    """The kernel may free memory at any moment: no image is to blame for that."""
    sandbox._ready()
    folder = _folder(sandbox)
    with monkeypatch.context() as patch:
        Killer(sandbox, patch, step, times)
        assert sandbox.make_variants(LARGE, SIZES).source.width == 7_000
        _all_is_well(sandbox)
    assert not folder.exists()
    _all_is_well(sandbox)


def test_an_image_whose_decoder_is_killed_repeatedly_is_not_rejected(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is an internal failure and is retried; the next image is decoded."""
    sandbox._ready()
    with monkeypatch.context() as patch:
        Killer(sandbox, patch, "work", times=walls.MAX_TRIES)
        with pytest.raises(EngineFailed, match="killed 3 times, not by the image"):
            sandbox.make_variants(LARGE, SIZES)
    _all_is_well(sandbox)


@pytest.mark.parametrize("sign", [signal.SIGSEGV, signal.SIGABRT])
def test_an_image_that_crashes_a_fresh_decoder_is_rejected(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, sign: signal.Signals
) -> None:
    """The function lives, and reports what killed the process."""
    sandbox._ready()
    with monkeypatch.context() as patch:
        Killer(sandbox, patch, "work").sign = sign
        with pytest.raises(DecoderCrash, match=sign.name):
            sandbox.make_variants(LARGE, SIZES)
    _all_is_well(sandbox)


def test_an_image_that_uses_up_its_cpu_time_is_too_slow(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel's limit applies if the function's timeout does not run in time."""
    sandbox._ready()
    Killer(sandbox, monkeypatch, "work").sign = signal.SIGXCPU
    with pytest.raises(DecodeTimeout):
        sandbox.make_variants(LARGE, SIZES)


def test_a_process_that_an_earlier_image_broke_is_replaced(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that decoded before may have died because of that."""
    sandbox.make_variants(BLOB, SIZES)
    Killer(sandbox, monkeypatch, "work").sign = signal.SIGSEGV
    assert sandbox.make_variants(LARGE, SIZES).source.width == 7_000


class Dying:
    """A process that dies at each request, after two thirds of the time."""

    asked: ClassVar[list[float]] = []
    served, is_idle, left_files = 2, True, False
    walls: ClassVar[dict[str, str | None]] = {}
    whole: str | None = None

    def __init__(self, *_: object) -> None:
        self.clock = Clock.now

    def wait_until_ready(self) -> None:
        """Be ready."""

    def request(self, _: bytes, __: object, limits: Limits) -> None:
        """Work for two thirds of the time, then die."""
        self.asked.append(limits.seconds)
        Clock.now += 20
        late = limits.seconds < 20
        cause = "SIGSEGV"
        raise process.DecoderDiedError(cause, timed_out=late, from_outside=False)

    def stop(self) -> None:
        """Have ended."""


class Clock:
    now = 0.0


def test_all_tries_share_the_time_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """And an image that had only part of it is not rejected for being slow."""
    monkeypatch.setattr(walls, "Process", Dying)
    monkeypatch.setattr("time.monotonic", lambda: Clock.now)
    with pytest.raises(EngineFailed, match="too little time was left"):
        Sandbox(MEMORY, Limits(seconds=30)).make_variants(BLOB, SIZES)
    assert Dying.asked == [30, 10]


def test_threat_82_a_full_disk_is_an_internal_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is not the image's fault: it must be retried."""

    def full(**_: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(EngineFailed, match="No space left"):
        Sandbox(MEMORY, Limits())


def test_too_little_memory_is_a_rejection() -> None:
    box = Sandbox(160 * 1024 * 1024, Limits())
    with pytest.raises((TooManyPixels, DecoderCrash)):
        box.make_variants(images.png(5_000, 5_000), SIZES)
    box.close()


@pytest.mark.parametrize(("reuse", "processes"), [(1, 7), (3, 3), (500, 1)])
def test_it_is_replaced_after_a_number_of_images(reuse: int, processes: int) -> None:
    box, seen = Sandbox(MEMORY, Limits(), reuse), set()
    for _ in range(7):
        seen.add(_pid(box))
        box.make_variants(images.png(20, 10), SIZES)
    box.close()
    assert len(seen) == processes


def test_a_process_that_leaves_files_is_replaced(sandbox: Sandbox) -> None:
    """Between two images its folder is empty: the disk is small and shared."""
    sandbox.make_variants(BLOB, SIZES)
    first = _pid(sandbox)
    (_folder(sandbox) / "left behind").write_bytes(b"x")
    sandbox.make_variants(BLOB, SIZES)
    assert _pid(sandbox) != first


def test_a_process_whose_folder_cannot_be_read_is_replaced(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may lack all permissions; tests run as root, so a file stands for it."""
    sandbox.make_variants(BLOB, SIZES)
    first = _pid(sandbox)
    (tmp_path / "file").touch()
    monkeypatch.setattr(sandbox._process, "folder", str(tmp_path / "file"))
    assert sandbox.make_variants(BLOB, SIZES).variants
    assert _pid(sandbox) != first


def test_a_folder_without_permissions_is_removed(sandbox: Sandbox) -> None:
    sandbox.make_variants(BLOB, SIZES)
    folder = _folder(sandbox)
    (folder / "left behind").write_bytes(b"x")
    folder.chmod(0)
    sandbox.close()
    assert not folder.exists()


def test_a_process_that_cannot_be_started_leaves_no_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[str] = []
    new_folder = launch.new_folder
    monkeypatch.setattr(launch, "command", lambda: ["/nowhere/python"])

    def noted() -> str:
        made.append(new_folder())
        return made[-1]

    monkeypatch.setattr(launch, "new_folder", noted)
    with pytest.raises(EngineFailed, match="cannot be started"):
        Sandbox(MEMORY, Limits())
    assert [Path(folder).exists() for folder in made] == [False]


def test_a_result_is_kept_if_the_next_process_cannot_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next image reports the problem."""
    box = Sandbox(MEMORY, Limits(), reuse=1)
    box._ready()

    def full() -> str:
        msg = "the decoder has no temporary folder: no space left"
        raise EngineFailed(msg)

    monkeypatch.setattr(launch, "new_folder", full)
    assert box.make_variants(BLOB, SIZES).variants
    with pytest.raises(EngineFailed, match="no space left"):
        box.make_variants(BLOB, SIZES)


def test_any_failure_ends_the_process(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its next response could be part of this one."""
    sandbox.make_variants(BLOB, SIZES)

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(response, "parse", fail)
    with pytest.raises(ZeroDivisionError):
        sandbox.make_variants(BLOB, SIZES)
    assert sandbox.pid is None


def test_its_folder_is_removed_with_it(sandbox: Sandbox) -> None:
    """The temporary folder outlives an invocation: nothing may accumulate there."""
    sandbox.make_variants(images.png(20, 10), SIZES)
    folder = _folder(sandbox)
    (folder / "left behind").write_bytes(b"x")
    sandbox.close()
    assert not folder.exists()


def test_its_folder_is_removed_when_the_function_is_killed() -> None:
    """The function cannot remove it then, but its end closes the pipe."""
    orphan = process.Process(MEMORY)
    orphan.wait_until_ready()
    (Path(orphan.folder) / "left behind").write_bytes(b"x")
    orphan._pipes[0].close()
    assert orphan._process.wait(MAX_SECONDS) == 0
    assert not Path(orphan.folder).exists()
    orphan.stop()


def test_threat_86_without_a_policy_nothing_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is an internal failure: no image is decoded until it is fixed."""
    monkeypatch.setattr(launch, "WORKER", "tests.support.leaky_policy.worker")
    box = Sandbox(MEMORY, Limits())
    with pytest.raises(EngineFailed, match="the policy no longer refuses SVG"):
        box.make_variants(images.png(20, 10), SIZES)
    box.close()


def test_without_a_policy_the_decoder_ends_by_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever started it: it reads no request."""
    monkeypatch.setattr(launch, "WORKER", "tests.support.leaky_policy.worker")
    leaky = process.Process(MEMORY)
    with pytest.raises(EngineFailed, match="the policy no longer"):
        leaky.wait_until_ready()
    assert leaky._process.wait(MAX_SECONDS) == 0
    leaky.stop()


@pytest.mark.parametrize(
    "command", [["sh", "-c", "exit 3"], ["sleep", "60"]], ids=["ends", "hangs"]
)
def test_a_process_that_does_not_start_is_an_internal_failure(
    monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """Whether it ends or stays silent: the function does not wait for it."""
    monkeypatch.setattr(launch, "command", lambda: command)
    monkeypatch.setattr(process, "START_TIMEOUT_SECONDS", 0.5)
    box = Sandbox(MEMORY, Limits())
    with pytest.raises(EngineFailed, match="did not start"):
        box.make_variants(images.png(20, 10), SIZES)


RESULT = make_variants(images.png(60, 40), SIZES)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"body": images.png(7, 7)}, "it is 7x7, not 150x100"),
        ({"body": b"hello"}, "it cannot be read back"),
        ({"content_type": "image/jpeg"}, "it is image/png, not image/jpeg"),
        ({"width": 151}, "not 150x100"),
        (
            {
                "body": images.png(150, 100)[:33]
                + images.chunk(b"tEXt", b"profile\0" + b"SECRET" * 99)
                + images.png(150, 100)[33:]
            },
            "bytes of metadata",
        ),
    ],
    ids=["size", "garbage", "type", "claim", "leak"],
)
def test_a_wrong_response_is_refused(change: Any, problem: str) -> None:
    """What the process reports of a variant is checked against the variant."""
    wrong = replace(RESULT.variants[0], **change)
    verify(RESULT)
    with pytest.raises(EngineFailed, match=problem):
        verify(replace(RESULT, variants=(wrong,)))


def test_the_decoder_loads_no_cryptography() -> None:
    """OpenSSL alone takes four megabytes."""
    module = "resize_on_upload.imaging.sandbox.worker"
    program = f"import sys, {module}; print('_hashlib' in sys.modules)"
    printed = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    assert printed.stdout == "False\n"
