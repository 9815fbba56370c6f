"""Keys and names cannot control the terminal that they are printed on."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload_cli import cli, terminal
from resize_on_upload_cli.actions import wait
from resize_on_upload_cli.commands.local import check
from resize_on_upload_cli.compare.key_diff import CURRENT, KeyDiff
from resize_on_upload_cli.compare.progress import counted
from resize_on_upload_cli.stack import deployment
from resize_on_upload_cli.stack.clock import Clock
from resize_on_upload_cli.terminal import printable
from tests.support import images
from tests.support.fake_account import Account

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
EVIL = (
    "a\x7f\x1b]0;owned\x07\x1b[2K\rNothing to remove.\n\x9b2J\u202e\u200b\u2028"
    "é日本📷.jpg"
)
PRUNED = {"removed": True, "orphans": [], "dropped": {}, "expiring": {}, "left": 0}
READABLE = "é日本📷.jpg"
HARMLESS = re.compile(r"[^\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]*")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain key 1.jpg", "plain key 1.jpg"),
        (
            "é e\u0301 ß 日本 ไทย العربية 📷 \u3000",
            "é e\u0301 ß 日本 ไทย العربية 📷 \u3000",
        ),
        ("\x1b[31m\x7f\x00", r"\x1b[31m\x7f\x00"),
        ("\x9b2J\x85", r"\x9b2J\x85"),
        ("a\nb\rc\td", r"a\nb\rc\td"),
        ("\u202e\u2066\u2069\u200f", r"\u202e\u2066\u2069\u200f"),
        ("\u200b\u2060\ufeff\u00ad", r"\u200b\u2060\ufeff\xad"),
        ("\u2028\u2029", r"\u2028\u2029"),
        ("\udcff", r"\udcff"),
        ("\U000e0041", r"\U000e0041"),
    ],
)
def test_characters_that_are_not_printable_are_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """A hostile key in every place that a command prints from."""
    found = Account(
        originals=[EVIL],
        resized=[f"150x/gone{EVIL}", f"{EVIL}/dropped"],
        queues={
            "rejected": [{"key": EVIL, "code": EVIL, "source": EVIL}],
            "failed": [
                {"requestPayload": {"odd": EVIL}, "responsePayload": EVIL_WORDS}
            ],
        },
    )
    monkeypatch.setattr(deployment, "find", lambda _: found.deployment)
    monkeypatch.setattr(wait, "TIMEOUT_SECONDS", 0.1)
    return found


EVIL_WORDS = {"errorMessage": EVIL}


def _upload(account: Account, tmp_path: Path) -> list[str]:
    del account
    (tmp_path / EVIL).write_bytes(images.png(9, 9))
    return ["upload", str(tmp_path / EVIL), "--prefix", EVIL]


def _file(tmp_path: Path, body: bytes = b"not an image") -> str:
    (tmp_path / EVIL).write_bytes(body)
    return str(tmp_path / EVIL)


COMMANDS: dict[str, Callable[[Path], list[str]]] = {
    "plan": lambda _: ["plan"],
    "backfill --dry-run": lambda _: ["backfill", "--dry-run"],
    "prune": lambda _: ["prune"],
    "redrive rejected": lambda _: ["redrive", "rejected", "--dry-run"],
    "redrive failed": lambda _: ["redrive", "failed"],
    "upload": lambda path: ["upload", _file(path), "--prefix", EVIL],
    "check": lambda _: ["check", EVIL],
    "preview, rejected": lambda path: ["preview", _file(path), "-o", str(path / "o")],
    "preview": lambda path: [
        *("preview", _file(path, images.png(9, 9)), "-o", str(path / EVIL[:9]))
    ],
    "preview, no file": lambda path: ["preview", str(path / EVIL)],
    "estimate": lambda path: ["estimate", _file(path)],
    "doctor": lambda path: ["doctor", "--sizes", str(path / EVIL)],
    "a wrong option": lambda _: ["plan", f"--{EVIL}"],
    "a stack's name": lambda _: ["plan", "--sizes", EVIL],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_no_command_prints_a_key_raw(
    name: str,
    account: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """It is escaped on both streams, except for its readable part, in one line."""
    _send_nowhere(monkeypatch, account)
    try:
        cli.main(COMMANDS[name](tmp_path))
    except SystemExit as end:
        assert end.code == 2
    out, err = capfd.readouterr()
    for text in (out, err):
        assert HARMLESS.fullmatch(text), (name, text)
        assert "\nNothing to remove.\n\\x9b" not in text
        assert not re.search(r"^\W*Nothing to remove\.\\n", text, re.MULTILINE)
    assert READABLE in out + err, (name, out, err)


def _send_nowhere(monkeypatch: pytest.MonkeyPatch, account: Account) -> None:
    from resize_on_upload_cli.uploads import form_post

    monkeypatch.setattr(form_post, "form", lambda *_: {})
    monkeypatch.setattr(
        form_post, "send", lambda *_: account.originals.append(EVIL * 2)
    )


def test_json_is_exact(account: Account, capfd: pytest.CaptureFixture[str]) -> None:
    assert account
    cli.main(["plan", "--json"])
    keys = {json.loads(line).get("key") for line in capfd.readouterr().out.splitlines()}
    assert {EVIL, f"gone{EVIL}"} <= keys


def test_ordinary_text_stays_ordinary(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "Zürich é 日本 📷 👍🏽.jpg"]) == 0
    assert capfd.readouterr().out == "Zürich é 日本 📷 👍🏽.jpg: 150x, 50x50, x150\n"


class Screen(io.StringIO):
    """A terminal: the lines on it after everything was written."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True

    @property
    def lines(self) -> list[str]:
        """What is visible: CR returns to the start, `ESC [ K` clears the line."""
        return [self._shown(line) for line in self.getvalue().split("\n")]

    @staticmethod
    def _shown(line: str) -> str:
        shown = ""
        for part in line.split("\r"):
            text = part.removeprefix("\x1b[K")
            shown = text + ("" if text != part else shown[len(text) :])
        return shown


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Both streams, as a terminal shows them."""
    found = Screen()
    # Not sys itself: pytest replaces its streams before the test.
    both = SimpleNamespace(stdout=found, stderr=found)
    monkeypatch.setattr(terminal, "sys", both)
    return found


def test_results_and_the_bar_are_on_separate_lines(screen: Screen) -> None:
    """In any order; the last bar stays."""
    terminal.show_progress(1, 3)
    terminal.write("the first", "of two lines")
    terminal.show_progress(2, 3)
    terminal.say("a remark")
    terminal.write_json("prune", PRUNED)
    terminal.show_progress(3, 3)
    terminal.write("the end")
    bar = "█" * 30
    assert screen.lines == [
        "the first",
        "of two lines",
        "a remark",
        json.dumps({"version": 1, "kind": "prune", **PRUNED}),
        f"{bar} 3/3",
        "the end",
        "",
    ]


def test_an_incomplete_bar_is_cleared(screen: Screen) -> None:
    """As in a backfill that ends with keys left: 14/16, then the result."""
    terminal.show_progress(14, 16)
    terminal.write("14 of 16 keys done.")
    assert screen.lines == ["14 of 16 keys done.", ""]


def test_a_count_without_a_total_is_replaced_and_cleared(screen: Screen) -> None:
    """Results between two of them are on separate lines."""
    terminal.show_rate(1, "key", 2)
    terminal.write("a: missing")
    terminal.show_rate(2_600, "key", 2)
    assert screen.lines == ["a: missing", "2,600 keys, 1,300 per second"]
    terminal.end_rate()
    assert screen.lines == ["a: missing", ""]


def test_plan_counts_keys_by_the_clock(screen: Screen) -> None:
    times = iter(range(100))
    clock = Clock(monotonic=lambda: next(times) / 8)
    diffs = [KeyDiff(str(number), CURRENT, "", (), 0) for number in range(6)]
    shown = [screen.lines[-1] for _ in counted(diffs, clock)]
    two, four, six = (f"{number} keys, 8 per second" for number in (2, 4, 6))
    assert shown == ["", two, two, four, four, six]
    assert screen.lines == [""]


def test_preview_prints_its_bar_on_a_separate_line(
    screen: Screen, tmp_path: Path
) -> None:
    files = [tmp_path / "a.png", tmp_path / "b.png"]
    for file in files:
        file.write_bytes(images.png(9, 9))
    cli.main(["preview", *map(str, files), "--out", str(tmp_path / "out")])
    assert [line.split(":")[0] for line in screen.lines if line] == [
        str(files[0]),
        str(files[1]),
        "█" * 30 + " 2/2",
        "The contact sheet",
        "2 of 2 files resized.",
    ]


def test_ctrl_c_clears_the_bar(screen: Screen, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any, **__: Any) -> bool:
        terminal.show_progress(1, 2)
        raise KeyboardInterrupt

    monkeypatch.setattr(check, "run", interrupted)
    assert cli.main(["check"]) == 130
    assert screen.lines == ["", "Stopped. Run it again to continue.", ""]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_characters_that_the_terminal_lacks_are_replaced(encoding: str) -> None:
    """The marks of doctor, and a key that its encoding lacks; nothing else."""
    done = subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), "check", "é日本.jpg"],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 0, done.stderr
    assert b"\\u65e5\\u672c.jpg: 150x" in done.stdout
    doctor = subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), "doctor"],
        check=False,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    assert doctor.returncode == 0, doctor.stderr
    assert b"ok reads png" in doctor.stdout


STREAMS = {"stdout": ">&-", "stderr": "2>&-", "all": "<&- >&- 2>&-"}


@pytest.mark.parametrize("closed", STREAMS)
@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("check", 0),
        ("check --json", 0),
        ("check --sizes nowhere.json", 2),
        ("--help", 0),
        ("--version", 0),
        ("nonsense", 2),
        ("doctor", 0),
        ("preview {file} -o {out}", 0),
    ],
)
def test_a_command_works_with_closed_streams(
    command: str, code: int, closed: str, tmp_path: Path
) -> None:
    """Its work and its exit code are the same as with open ones."""
    (tmp_path / "a.png").write_bytes(images.png(9, 9))
    command = command.format(file=tmp_path / "a.png", out=tmp_path / "out")
    line = f'"{sys.executable}" -m resize_on_upload_cli.cli {command} {STREAMS[closed]}'
    paths = f"{ROOT}{os.pathsep}{ROOT / 'lambda'}"
    done = subprocess.run(
        ["/bin/sh", "-c", line],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    if command.startswith("preview"):
        assert (tmp_path / "out" / "index.html").exists()
