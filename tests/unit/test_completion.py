"""`completion`: scripts that complete the command line, run in these shells."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from resize_on_upload_cli import cli, commands

if TYPE_CHECKING:
    from pathlib import Path

_ASK = """
_words=({words})
COMP_WORDS=("${{_words[@]}}"); COMP_CWORD=$(( ${{#_words[@]}} - 1 ))
compopt() {{ no_files="$*"; }}
_resize_on_upload
for found in "${{COMPREPLY[@]}}"; do printf '%s\\n' "$found"; done
printf 'files:%s\\n' "${{no_files:-yes}}"
"""


def _script(shell: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["completion", shell]) == 0
    return capsys.readouterr().out


@pytest.fixture
def script(capsys: pytest.CaptureFixture[str]) -> str:
    return _script("bash", capsys)


def _complete(script: str, *words: str) -> tuple[list[str], bool]:
    """Return what bash completes the last word to, and whether to names of files."""
    quoted = " ".join(map(shlex.quote, ["resize-on-upload", *words]))
    done = subprocess.run(
        ["bash", "--norc", "-c", script + _ASK.format(words=quoted)],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    *found, files = done.stdout.splitlines()
    return found, files == "files:yes"


def test_bash_completes_every_command(script: str) -> None:
    found, files = _complete(script, "")
    assert found == ["--help", "--version", *commands.SUMMARIES]
    assert not files
    assert _complete(script, "re") == (["redrive"], False)
    assert _complete(script, "--v") == (["--version"], False)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["plan", "--de"], ["--detailed-exitcode"]),
        (["plan", "--stack-name", "x", "--js"], ["--json"]),
        (["redrive", ""], ["failed", "rejected"]),
        (["redrive", "rej"], ["rejected"]),
        (["redrive", "rejected", "--code", "trunc"], ["truncated"]),
        (["completion", "f"], ["fish"]),
        (["logs", "--function", "on"], ["on-request"]),
        (["status", "pho"], []),
        (["plan", "--prefix", ""], []),
    ],
)
def test_bash_completes_options_and_values(
    words: list[str], found: list[str], script: str
) -> None:
    """Not names of files, as keys and prefixes are not such."""
    assert _complete(script, *words) == (found, False)


@pytest.mark.parametrize(
    "words",
    [
        ["preview", "pho"],
        ["preview", "a.jpg", "pho"],
        ["preview", "--out", ""],
        ["preview", "-o", ""],
        ["upload", "--sizes", "c"],
        ["nonsense", ""],
    ],
)
def test_bash_completes_names_of_files(words: list[str], script: str) -> None:
    assert _complete(script, *words) == ([], True)


def test_bash_completes_each_command_s_options(script: str) -> None:
    """As its help lists them."""
    for name in commands.SUMMARIES:
        found, _ = _complete(script, name, "--")
        assert "--help" in found
        assert ("--region" in found) == (name not in {"preview", "check", "completion"})


def test_bash_leaves_names_with_blanks_to_itself(script: str, tmp_path: Path) -> None:
    """Its own completion of files escapes them."""
    (tmp_path / "two words.jpg").touch()
    assert _complete(script, "preview", "tw") == ([], True)
    assert "complete -o default -F _resize_on_upload resize-on-upload" in script


@pytest.mark.parametrize(
    ("shell", "options"),
    [("bash", ["-n"]), ("zsh", ["-n"]), ("fish", ["--no-execute"])],
)
def test_every_script_can_be_parsed(
    shell: str, options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = shutil.which(shell)
    if not program:
        pytest.skip(f"{shell} is not installed")
    file = tmp_path / "script"
    file.write_text(_script(shell, capsys))
    done = subprocess.run(
        [program, *options, file], check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_get_the_same(
    shell: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every command, each option, the values that have choices."""
    text = _script(shell, capsys)
    for name, summary in commands.SUMMARIES.items():
        assert name in text
        assert summary.replace("'", "\\'") in text or summary in text.replace(
            "'\\''", "'"
        )
    flag = "--detailed-exitcode" if shell == "zsh" else "-l detailed-exitcode"
    assert flag in text
    assert "failed rejected" in text


def test_fish_completes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As fish itself reports it."""
    program = shutil.which("fish")
    if not program:
        pytest.skip("fish is not installed")
    file = tmp_path / "script"
    file.write_text(_script("fish", capsys))
    for line, found in {
        "resize-on-upload red": ["redrive"],
        "resize-on-upload redrive re": ["rejected"],
        "resize-on-upload plan --de": ["--detailed-exitcode"],
    }.items():
        asked = f"source {file}; complete -C {shlex.quote(line)}"
        done = subprocess.run(
            [program, "--no-config", "-c", asked],
            check=True,
            capture_output=True,
            text=True,
        )
        names = [text.split("\t")[0] for text in done.stdout.splitlines()]
        assert names == found
