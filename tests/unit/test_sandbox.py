"""The walls around the decoder: what comes through, and what must not."""

from __future__ import annotations

import errno
import os
import signal
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.errors import (
    DecoderCrash,
    DecodeTimeout,
    EngineFailed,
    Rejected,
    TooManyPixels,
    UnsupportedFormat,
)
from resize_on_upload.imaging import process
from resize_on_upload.imaging import sandbox as walls
from resize_on_upload.imaging.derive import derive
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox import Sandbox
from resize_on_upload.imaging.verify import verify
from resize_on_upload.sizes import parse
from tests import pictures

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = parse(
    '{"sizes": ["150x", "50x50", {"geometry": "9x9^", "name": "c", "crop": true}]}'
)
MEMORY = 1_500 * 1024 * 1024
LARGE = pictures.encoded("webp", 4_000, 3_000)  # some tenths of a second of work


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


def test_it_makes_what_the_engine_makes(sandbox: Sandbox) -> None:
    """The same bytes as without walls, and the process stays."""
    blob = pictures.encoded("jpeg", 300, 200)
    assert sandbox.derive(blob, SIZES) == derive(blob, SIZES)
    first = _pid(sandbox)
    assert sandbox.derive(pictures.png(20, 10), SIZES).source.format == "png"
    assert _pid(sandbox) == first


def test_a_rejection_keeps_its_class_and_words(sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedFormat, match="the content is PDF"):
        sandbox.derive(b"%PDF-1.7", SIZES)
    first = _pid(sandbox)
    assert sandbox.derive(pictures.png(20, 10), SIZES)
    assert _pid(sandbox) == first  # a rejection costs no process


def test_the_process_knows_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its environment holds no credential, no bucket, nothing of ours."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SESSION_TOKEN", "ORIGINAL_BUCKET", "X"):
        monkeypatch.setenv(name, "SECRET")
    box = Sandbox(MEMORY, Limits())
    box.derive(pictures.png(20, 10), SIZES)
    environment = Path(f"/proc/{_pid(box)}/environ").read_bytes()
    box.close()
    assert b"SECRET" not in environment
    assert b"AWS" not in environment


def test_the_process_is_limited(sandbox: Sandbox) -> None:
    sandbox.derive(pictures.png(20, 10), SIZES)
    text = Path(f"/proc/{_pid(sandbox)}/limits").read_text()
    limits = {line[:25].strip(): line[25:].split() for line in text.splitlines()[1:]}
    assert limits["Max address space"][:2] == [str(MEMORY)] * 2
    assert limits["Max core file size"][:2] == ["0", "0"]
    assert limits["Max open files"][:2] == ["64", "64"]
    assert int(limits["Max cpu time"][0]) < 100


def test_it_is_killed_at_its_time(sandbox: Sandbox) -> None:
    """Rejected, once; the next picture has a new process."""
    sandbox.derive(pictures.png(20, 10), SIZES)
    before, start = _pid(sandbox), time.monotonic()
    with pytest.raises(DecodeTimeout, match=r"more than 0\.1 seconds"):
        sandbox.derive(LARGE, SIZES, seconds=0.1)
    assert time.monotonic() - start < 1
    assert not Path(f"/proc/{before}").exists()
    assert sandbox.derive(pictures.png(20, 10), SIZES)


def _kill_soon(box: Sandbox, sign: signal.Signals) -> None:
    box._ready()
    pid = _pid(box)
    threading.Timer(0.1, lambda: os.kill(pid, sign)).start()


@pytest.mark.parametrize("sign", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_picture_that_kills_the_decoder_is_rejected(
    sandbox: Sandbox, sign: signal.Signals
) -> None:
    """The function lives, and says what the process died of."""
    _kill_soon(sandbox, sign)
    with pytest.raises(DecoderCrash, match=sign.name):
        sandbox.derive(LARGE, SIZES)
    assert sandbox.derive(pictures.png(20, 10), SIZES)


def test_what_an_earlier_picture_broke_is_tried_once_more(sandbox: Sandbox) -> None:
    """A process that served before may have died of its past."""
    sandbox.derive(pictures.png(20, 10), SIZES)
    _kill_soon(sandbox, signal.SIGKILL)
    assert sandbox.derive(LARGE, SIZES).source.width == 4_000


def test_threat_82_a_full_disk_is_our_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the picture's fault: it must come again."""

    def full(**_: Any) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tempfile, "mkdtemp", full)
    with pytest.raises(EngineFailed, match="No space left"):
        Sandbox(MEMORY, Limits())


def test_too_little_memory_is_a_rejection() -> None:
    box = Sandbox(160 * 1024 * 1024, Limits())
    with pytest.raises((TooManyPixels, DecoderCrash)):
        box.derive(pictures.encoded("webp", 5_000, 5_000), SIZES)
    box.close()


def test_it_is_replaced_now_and_then(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walls, "IMAGES_A_PROCESS", 3)
    seen = set()
    for _ in range(7):
        sandbox.derive(pictures.png(20, 10), SIZES)
        seen.add(_pid(sandbox))
    assert len(seen) == 3


def test_its_folder_goes_with_it(sandbox: Sandbox) -> None:
    """The temporary folder outlives an invocation; nothing may gather there."""
    sandbox.derive(pictures.png(20, 10), SIZES)
    folder = _folder(sandbox)
    (folder / "left behind").write_bytes(b"x")
    sandbox.close()
    assert not folder.exists()


def test_threat_86_without_a_policy_nothing_is_decoded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A hole is our failure: every picture is refused until it is closed."""
    monkeypatch.setattr(process, "__package__", "tests.holes")
    box = Sandbox(MEMORY, Limits())
    with pytest.raises(EngineFailed, match="the policy no longer refuses SVG"):
        box.derive(pictures.png(20, 10), SIZES)
    box.close()


@pytest.mark.parametrize(
    "command", [["sh", "-c", "exit 3"], ["sleep", "60"]], ids=["ends", "hangs"]
)
def test_a_process_that_does_not_start_is_our_failure(
    monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    """Whether it ends or says nothing: the function is not kept waiting."""
    monkeypatch.setattr(process, "_command", lambda: command)
    monkeypatch.setattr(process, "SECONDS_TO_START", 0.5)
    box = Sandbox(MEMORY, Limits())
    with pytest.raises(EngineFailed, match="did not start"):
        box.derive(pictures.png(20, 10), SIZES)


DERIVED = derive(pictures.png(60, 40), SIZES)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"body": pictures.png(7, 7)}, "it is 7x7, not 150x100"),
        ({"body": b"hello"}, "it cannot be read back"),
        ({"content_type": "image/jpeg"}, "it is image/png, not image/jpeg"),
        ({"width": 151}, "not 150x100"),
        (
            {
                "body": pictures.png(150, 100)[:33]
                + pictures.chunk(b"tEXt", b"profile\0" + b"SECRET" * 99)
                + pictures.png(150, 100)[33:]
            },
            "bytes of metadata",
        ),
    ],
    ids=["size", "garbage", "type", "claim", "leak"],
)
def test_a_wrong_answer_is_never_believed(change: Any, problem: str) -> None:
    """What the process says of its work is checked against the work."""
    wrong = replace(DERIVED.variants[0], **change)
    verify(DERIVED)
    with pytest.raises(EngineFailed, match=problem):
        verify(replace(DERIVED, variants=(wrong,)))


def test_every_code_comes_back_as_its_class() -> None:
    assert {kind.code for kind in Rejected.__subclasses__()} == set(walls._BY_CODE)
