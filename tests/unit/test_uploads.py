"""`upload`: many files side by side, each for itself, only what is not there."""

from __future__ import annotations

import json
import threading
import tracemalloc
from contextlib import contextmanager
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.focus import parse as parse_focus
from resize_on_upload.storage.responses import MAX_ORIGINAL_BYTES
from resize_on_upload_cli.actions import wait
from resize_on_upload_cli.compare.diff import BucketDiff
from resize_on_upload_cli.errors import DeploymentError, UnfinishedError
from resize_on_upload_cli.uploads import form_post
from resize_on_upload_cli.uploads.batch import FAILED, THERE, UPLOADED, Batch
from resize_on_upload_cli.uploads.multipart import FormBody, Stopped
from tests.protocol.explorer import make_variants
from tests.support.fake_stack import ORIGINAL, FakeStack, run_command
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SIZES = '{"sizes": ["9x"]}'


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> FakeStack:
    """A deployment whose function works; nothing is sent over a network."""
    found = FakeStack(SIZES)
    lock = threading.Lock()

    def upload(_: object, key: str, file: Path, focus: object, *__: object) -> None:
        metadata = {"focus": str(focus)} if focus else {}
        body = file.read_bytes()
        if body == b"refused":
            msg = f"S3 refused {file}: 400 EntityTooLarge"
            raise UnfinishedError(msg)
        with lock:
            found.s3.put_object(Bucket=ORIGINAL, Key=key, Body=body, Metadata=metadata)
            if body != b"ignored":
                config = ReconcileConfig(found.store, found.sizes, make_variants)
                reconcile(key, config, Report())

    monkeypatch.setattr(form_post, "upload", upload)
    monkeypatch.setattr(wait, "TIMEOUT_SECONDS", 0.2)
    monkeypatch.setattr(wait, "_POLL_SECONDS", 0.01)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three images, one of them deeper."""
    for name in ("a.jpg", "b.jpg", "deep/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def _states(batch: Batch, folder: Path, *names: str) -> dict[str, str]:
    files = [(name, folder / name) for name in names]
    return {one.key: one.state for one in batch.send(files)}


def test_what_is_there_is_not_sent_again(stack: FakeStack, folder: Path) -> None:
    """The same bytes with the same focus; a run that was stopped is so continued."""
    names = ("a.jpg", "b.jpg", "deep/c.jpg")
    assert set(_states(Batch(stack), folder, *names[:2]).values()) == {UPLOADED}
    expected = {"a.jpg": THERE, "b.jpg": THERE, "deep/c.jpg": UPLOADED}
    assert _states(Batch(stack), folder, *names) == expected
    (folder / "a.jpg").write_bytes(b"A.JPG")
    assert _states(Batch(stack), folder, *names[:2]) == {
        "a.jpg": UPLOADED,
        "b.jpg": THERE,
    }
    focused = Batch(stack, parse_focus("0.3,0.6"))
    assert _states(focused, folder, "b.jpg") == {"b.jpg": UPLOADED}
    assert _states(focused, folder, "b.jpg") == {"b.jpg": THERE}
    forced = Batch(stack, parse_focus("0.3,0.6"), force=True)
    assert _states(forced, folder, "b.jpg") == {"b.jpg": UPLOADED}


def test_one_odd_file_stops_no_other(
    stack: FakeStack, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Empty, too large, refused, gone: reported and counted."""
    (folder / "empty.jpg").touch()
    (folder / "refused.jpg").write_bytes(b"refused")
    with (folder / "huge.jpg").open("wb") as file:
        file.truncate(MAX_ORIGINAL_BYTES + 1)
    assert run_command(stack, f"upload {folder} --prefix p/") == 1
    printed = capsys.readouterr()
    assert "empty.jpg: failed: it is empty" in printed.out
    assert "huge.jpg: failed: it has 134,217,729 bytes; at most" in printed.out
    assert "EntityTooLarge" in printed.out
    assert printed.err.splitlines()[-1] == "3 uploaded, 3 failed."
    kept = {key for key, found in stack.s3.buckets[ORIGINAL].items() if found}
    assert kept == {"p/a.jpg", "p/b.jpg", "p/deep/c.jpg"}
    gone = _states(Batch(stack), folder, "a.jpg", "gone.jpg")
    assert gone == {"a.jpg": UPLOADED, "gone.jpg": FAILED}


@pytest.mark.parametrize("bad", ["unreadable", "not-utf-8"])
def test_an_odd_name_in_a_folder_stops_no_other(
    bad: str,
    stack: FakeStack,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if bad == "not-utf-8":
        (folder / "bad\udcff.jpg").write_bytes(b"x")
    else:
        real = type(folder).open

        def refuse(path: Path, *more: Any, **named: Any) -> Any:
            if path.name == "b.jpg":
                raise PermissionError(13, "Permission denied", str(path))
            return real(path, *more, **named)

        monkeypatch.setattr(type(folder), "open", refuse)
    assert run_command(stack, f"upload {folder} --json") == 1
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    states = {one["key"]: one["state"] for one in lines}
    assert states[None] == "failed"
    assert states["a.jpg"] == "current"


def test_a_dry_run_sends_nothing(
    stack: FakeStack, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(stack, f"upload {folder / 'a.jpg'}")
    capsys.readouterr()
    assert run_command(stack, f"upload {folder} --dry-run") == 1
    assert capsys.readouterr().out.splitlines() == [
        f"{folder}/b.jpg would be uploaded as b.jpg",
        f"{folder}/deep/c.jpg would be uploaded as deep/c.jpg",
        "",
        "2 would be uploaded, 1 already there; nothing was.",
    ]
    assert run_command(stack, f"upload {folder} --dry-run --json") == 1
    lines = map(json.loads, capsys.readouterr().out.splitlines())
    assert [one["state"] for one in lines] == ["there", "to-upload", "to-upload"]
    assert [key for key, found in stack.s3.buckets[ORIGINAL].items() if found] == [
        "a.jpg"
    ]
    assert run_command(stack, f"upload {folder / 'a.jpg'} --dry-run") == 0


@pytest.mark.parametrize(
    ("prefix", "key"), [("holiday", "holidaya.jpg"), ("holiday/", "holiday/a.jpg")]
)
def test_a_prefix_is_taken_as_it_is(
    prefix: str,
    key: str,
    stack: FakeStack,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Without a slash at its end, a note says how to get a folder."""
    assert run_command(stack, f"upload {folder / 'a.jpg'} --prefix {prefix}") == 0
    assert key in stack.s3.buckets[ORIGINAL]
    noted = "for a folder, use --prefix holiday/" in capsys.readouterr().err
    assert noted == (prefix == "holiday")


def test_what_stays_without_variants_is_reported_once(
    stack: FakeStack, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """All wait together: not each for the whole time."""
    for number in range(40):
        (folder / f"{number}.jpg").write_bytes(b"ignored")
    assert run_command(stack, f"upload {folder}") == 1
    printed = capsys.readouterr()
    assert printed.out.count("missing: not made yet (9x)") == 40
    assert printed.err.endswith("43 uploaded, 40 without their variants.\n")
    assert run_command(stack, f"upload {folder}") == 1
    printed = capsys.readouterr()
    assert printed.err.endswith("43 already there, 40 without their variants.\n")


def test_slow_keys_are_waited_for_while_others_become_current(
    stack: FakeStack,
) -> None:
    """The time begins again with each."""
    keys = [f"{number}.jpg" for number in range(8)]
    for key in keys:
        stack.upload(key)
    config = ReconcileConfig(stack.store, stack.sizes, make_variants)
    found = []
    reconcile(keys[0], config, Report())
    for diff in wait.wait_for_all(BucketDiff(stack, stack.sizes), keys):
        found.append((diff.key, diff.state))
        if len(found) < len(keys):
            threading.Timer(
                0.1, reconcile, (keys[len(found)], config, Report())
            ).start()
    assert found == [(key, "current") for key in keys]


class _S3(BaseHTTPRequestHandler):
    """Accepts forms, and keeps the last one; slow if it is to be."""

    forms: ClassVar[list[bytes]] = []
    types: ClassVar[list[str]] = []
    broken_off: ClassVar[list[int]] = []
    hold: ClassVar[threading.Event | None] = None

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        found = self.rfile.read(65_536 if self.hold else length)
        if self.hold:
            self.hold.wait(30)
            found += self.rfile.read()
        if len(found) < length:
            self.broken_off.append(len(found))
            return
        if length < 1_000_000:
            self.forms.append(found)
            self.types.append(self.headers["Content-Type"])
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def _serving() -> Iterator[str]:
    for kept in (_S3.forms, _S3.types, _S3.broken_off):
        kept.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _S3)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    form_post._pool.cache_clear()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        form_post._pool().clear()
        form_post._pool.cache_clear()


def test_a_form_is_one_that_servers_understand(tmp_path: Path) -> None:
    """As Python's own parser reads it; any name, any bytes."""
    file = tmp_path / 'a"b é\r\n.jpg'
    file.write_bytes(bytes(range(256)) * 300)
    with _serving() as url:
        form_post.send({"url": url, "fields": {"key": "ü +", "policy": "p"}}, file)
    head = f"Content-Type: {_S3.types[0]}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + _S3.forms[0]).get_payload()
    assert isinstance(parts, list)
    bodies = [part.get_payload(decode=True) for part in parts]  # type: ignore[union-attr]
    assert bodies == ["ü +".encode(), b"p", file.read_bytes()]


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "large.jpg"
    with file.open("wb") as stream:
        stream.truncate(48_000_000)
    with FormBody({"key": "k"}, file) as body:
        tracemalloc.start()
        sent = 0
        while data := body.read(16_384):
            sent += len(data)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert sent == body.length > 48_000_000
    assert peak < 1_000_000


def test_a_form_can_be_sent_again(tmp_path: Path) -> None:
    """As urllib3 does after a lost connection: from where it has been before."""
    file = tmp_path / "a.jpg"
    file.write_bytes(b"x" * 100)
    with FormBody({"key": "k"}, file) as body:
        assert body.tell() == 0
        first = b"".join(iter(lambda: body.read(7), b""))
        body.seek(0)
        assert b"".join(iter(lambda: body.read(50), b"")) == first
        assert len(first) == body.length


@pytest.mark.parametrize("content", [b"", b"x" * 5_000_000])
def test_a_file_that_changes_while_it_is_sent_fails(
    content: bytes, tmp_path: Path
) -> None:
    """Alone: the request would have another length than it announced."""
    file = tmp_path / "a.jpg"
    file.write_bytes(b"x" * 1_000_000)
    with FormBody({"key": "k"}, file) as body:
        body.read(1_000)
        body.read(1_000)
        file.write_bytes(content)
        with pytest.raises(UnfinishedError, match="was changed while it was sent"):
            list(iter(lambda: body.read(65_536), b""))


def test_stopping_breaks_off_what_is_being_sent(
    stack: FakeStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, though the server is slow; it gets no whole form."""
    monkeypatch.undo()
    files = []
    for number in range(20):
        file = tmp_path / f"{number}.jpg"
        with file.open("wb") as stream:
            stream.truncate(20_000_000)
        files.append((file.name, file))
    small = tmp_path / "small.jpg"
    small.write_bytes(b"small")
    hold = threading.Event()
    with _serving() as url:
        monkeypatch.setattr(form_post, "form", lambda *_: {"url": url, "fields": {}})
        sending = Batch(stack).send([("small.jpg", small), *files])
        assert next(sending).state == UPLOADED
        monkeypatch.setattr(_S3, "hold", hold)
        release = threading.Timer(1, hold.set)
        release.start()
        sending.close()
        release.join()
        wait_for(lambda: _S3.broken_off or not _S3.hold, lambda: "nothing arrived")
    assert len(_S3.forms) == 1


def test_stop_is_noticed_at_the_next_bytes(tmp_path: Path) -> None:
    file = tmp_path / "a.jpg"
    file.write_bytes(b"x")
    stop = threading.Event()
    with FormBody({}, file, stop) as body:
        body.read(1)
        stop.set()
        with pytest.raises(Stopped):
            body.read(1)


def test_a_refused_access_stops_all(
    stack: FakeStack, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is not about one file; what was uploaded is skipped the next time."""
    calls: list[str] = []

    def refuse(_: object, key: str, *__: object) -> None:
        calls.append(key)
        msg = "S3 refused a.jpg: 403 AccessDenied"
        raise DeploymentError(msg)

    monkeypatch.setattr(form_post, "upload", refuse)
    files = [(str(number), folder / "a.jpg") for number in range(300)]
    with pytest.raises(DeploymentError):
        list(Batch(stack).send(files))
    assert len(calls) < 100


def test_patterns_and_what_their_keys_are(
    stack: FakeStack,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """In quotes, as the shell expands others: the path below the fixed part."""
    monkeypatch.chdir(folder)
    (folder / "deep" / "notes.txt").write_bytes(b"no image")
    (folder / "deep" / ".hidden.jpg").write_bytes(b"hidden")
    cases = {
        "'*.jpg'": {"a.jpg", "b.jpg"},
        "'**/*.jpg'": {"a.jpg", "b.jpg", "deep/c.jpg"},
        "'deep/*'": {"c.jpg"},
        "'de*'": {"deep/c.jpg"},
        f"'{folder}/[a]*'": {"a.jpg"},
    }
    for pattern, keys in cases.items():
        run_command(stack, f"upload {pattern} --dry-run --force --json")
        lines = map(json.loads, capsys.readouterr().out.splitlines())
        assert {one["key"] for one in lines} == keys, pattern
    (folder / "[x].jpg").write_bytes(b"its real name")
    run_command(stack, "upload '[x].jpg' --dry-run --json")
    assert json.loads(capsys.readouterr().out)["key"] == "[x].jpg"
