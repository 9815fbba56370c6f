"""docs/runbook.md has a section per alarm, whose commands can be run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import shell_commands
from tests.support.templates import alarms, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

DOCS = Path(__file__).parents[2] / "docs"
RUNBOOK = (DOCS / "runbook.md").read_text()
SECTIONS = dict(
    re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.MULTILINE | re.DOTALL)
)
PAGES = ("first-day.md", "runbook.md", "upgrading.md")
STEPS = ("Means", "Look", "Do", "Verify")
COMMANDS = [
    (name, command)
    for name in PAGES
    for command in shell_commands.shown((DOCS / name).read_text())
]
_COMMAND = re.compile(r"(?:aws \S+|resize-on-upload) \S+")


@pytest.fixture(scope="module")
def everything(synth: Synth) -> Document:
    """The template with every alarm."""
    return synth(
        sweep="weekly",
        backfillConcurrency="9",
        delivery="true",
        invalidate="true",
        uploadPage="true",
        intake="queue",
    )


def test_every_alarm_has_a_section_and_no_other(everything: Document) -> None:
    assert sorted(SECTIONS) == sorted(alarms(everything))


@pytest.mark.parametrize("alarm", SECTIONS)
def test_a_section_says_what_it_means_and_what_to_do(alarm: str) -> None:
    """In this order, and at least one command to look and one to verify."""
    steps = re.findall(r"^\*\*(\w+)\*\*:", SECTIONS[alarm], re.MULTILINE)
    assert tuple(steps) == STEPS
    for step in ("Look", "Verify"):
        assert "```sh\n" in SECTIONS[alarm].split(f"**{step}**")[1]


def test_a_section_has_the_commands_of_the_alarm_s_e_mail(everything: Document) -> None:
    """Whoever starts with the e-mail finds the same in the runbook."""
    for name, alarm in alarms(everything).items():
        sent = set(_COMMAND.findall(text(alarm["AlarmDescription"])))
        assert sent <= set(_COMMAND.findall(SECTIONS[name])), name


@pytest.mark.parametrize(("document", "command"), COMMANDS, ids=str)
def test_a_command_is_one_that_exists(document: str, command: str) -> None:
    """With options, settings and values that it accepts."""
    assert document
    shell_commands.check(command)


def test_the_outputs_that_commands_insert_exist(everything: Document) -> None:
    inserted = set(re.findall(r"\$\(resize-on-upload outputs (\w+)\)", RUNBOOK))
    assert len(inserted) >= 4
    assert inserted <= everything["Outputs"].keys()


@pytest.mark.parametrize(
    "command",
    [
        "resize-on-upload redrive everything",
        "aws logs tail $(resize-on-upload output LogGroupName)",
        "resize-on-upload logs --since yesterday",
        "aws lambda get-functions",
        "aws lambda get-policy --function-names x",
        "aws s3api get-bucket-policy",
        "npx cdk deploy -c memorySize=1",
        "npx cdk deploy -c memory=1769",
        "rm -r /",
    ],
)
def test_a_wrong_command_would_be_noticed(command: str) -> None:
    with pytest.raises((AssertionError, KeyError, ValueError, SystemExit)):
        shell_commands.check(command)


def test_no_link_of_the_pages_leads_nowhere() -> None:
    for name in PAGES:
        for file, anchor in re.findall(
            r"\]\(([\w./-]*)#([\w-]+)\)", (DOCS / name).read_text()
        ):
            headings = re.findall(
                r"^#+ (.*)$", (DOCS / (file or name)).read_text(), re.MULTILINE
            )
            anchors = {
                re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-")
                for one in headings
            }
            assert anchor in anchors, (name, file, anchor)
