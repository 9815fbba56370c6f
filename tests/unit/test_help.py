"""Every command's help: what it does, what it changes, examples that run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from resize_on_upload_cli import commands, parser

FOLDER = Path(commands.__file__).parent
CHANGES = re.compile(r"^(Changes nothing|Writes|Deletes)", re.MULTILINE)


def _help(command: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        parser.parse([command, "--help"])
    assert end.value.code == 0
    return capsys.readouterr().out


def test_every_command_is_listed() -> None:
    modules = {file.stem for file in FOLDER.glob("*/*.py")} - {"__init__"}
    assert commands.SUMMARIES.keys() == modules


@pytest.mark.parametrize("command", commands.SUMMARIES)
def test_help_explains_the_command(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """First a sentence, then what it changes; at the end an example."""
    text = _help(command, capsys)
    _, description, *_ = text.split("\n\n")
    assert re.fullmatch(r"[A-Z][a-z]+ .*\.", description, re.DOTALL)
    assert CHANGES.search(text)
    last = text.strip().splitlines()[-1]
    assert last.startswith(f"  resize-on-upload {command}")
    assert max(map(len, text.splitlines())) <= 88


@pytest.mark.parametrize("command", commands.SUMMARIES)
def test_every_example_can_be_parsed(command: str) -> None:
    examples = commands.load(command).EXAMPLES
    lines = re.findall(r"^  resize-on-upload (.*)$", examples, re.MULTILINE)
    assert lines
    for line in lines:
        assert parser.parse(shlex.split(line)).command == command


@pytest.mark.parametrize("command", ["prune", "backfill", "upload", "smoke", "redrive"])
def test_commands_that_need_the_deployed_sizes_say_so(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "the deployed sizes.json" in _help(command, capsys)


@pytest.mark.parametrize("command", commands.SUMMARIES)
def test_help_loads_neither_boto3_nor_imagemagick(command: str) -> None:
    code = (
        "import sys; from resize_on_upload_cli.cli import main\n"
        f"try: main(['{command}', '--help'])\n"
        "except SystemExit: pass\n"
        "print({'boto3', 'botocore', 'wand'} & sys.modules.keys(), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert done.stderr == "set()\n"
