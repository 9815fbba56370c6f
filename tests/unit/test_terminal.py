"""What a key or a name can do to the terminal of whoever looks at it: nothing."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from tests import pictures
from tests.fakeaccount import Account
from tools import arrival, cli, deployment
from tools.progress import printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EVIL = (
    "a\x1b]0;owned\x07\x1b[2K\rNothing to remove.\n\x9b2J\u202e\u200b\u2028é日本📷.jpg"
)
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
def test_what_is_not_printable_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """One hostile key in every place that a command prints from."""
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
    monkeypatch.setattr(arrival, "PATIENCE", 0.1)
    return found


EVIL_WORDS = {"errorMessage": EVIL}


def _upload(account: Account, tmp_path: Path) -> list[str]:
    del account
    (tmp_path / EVIL).write_bytes(pictures.png(9, 9))
    return ["upload", str(tmp_path / EVIL), "--prefix", EVIL]


def _file(tmp_path: Path, body: bytes = b"no picture") -> str:
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
        *("preview", _file(path, pictures.png(9, 9)), "-o", str(path / EVIL[:9]))
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
    """Escaped on both streams, its readable part as it is, no line of its own."""
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
    from tools import upload

    monkeypatch.setattr(upload, "form", lambda *_: {})
    monkeypatch.setattr(upload, "_send", lambda *_: account.originals.append(EVIL * 2))


def test_json_is_exact(account: Account, capfd: pytest.CaptureFixture[str]) -> None:
    assert account
    cli.main(["plan", "--json"])
    keys = {json.loads(line).get("key") for line in capfd.readouterr().out.splitlines()}
    assert {EVIL, f"gone{EVIL}"} <= keys


def test_ordinary_text_stays_ordinary(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "Zürich é 日本 📷 👍🏽.jpg"]) == 0
    assert capfd.readouterr().out == "Zürich é 日本 📷 👍🏽.jpg: 150x, 50x50, x150\n"
