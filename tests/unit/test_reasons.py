"""The vocabulary of reasons: complete, in the errors, the schema and the document."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from resize_on_upload.errors import Failed, Rejected
from resize_on_upload.reasons import SKIPPED, Reason

ROOT = Path(__file__).parents[2]
REJECTED = [kind.reason for kind in Rejected.__subclasses__()]
FAILED = [Failed.reason, *(kind.reason for kind in Failed.__subclasses__())]


def _documented(heading: str) -> list[str]:
    """The first column of the table below a heading of docs/operations.md."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = text.split(f"\n### {heading}\n", 1)[1].split("\n#", 1)[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def test_every_reason_has_one_outcome_and_one_error() -> None:
    assert sorted([*SKIPPED, *REJECTED, *FAILED]) == sorted(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_is_a_slug(reason: Reason) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", reason)


@pytest.mark.parametrize(
    ("heading", "reasons"),
    [("Skipped", SKIPPED), ("Rejected", REJECTED), ("Failed", FAILED)],
)
def test_every_reason_is_documented(heading: str, reasons: list[Reason]) -> None:
    """With its meaning and what to do, below the heading of its outcome."""
    assert sorted(_documented(heading)) == sorted(reasons)


def test_the_schema_of_events_has_every_reason_of_a_rejection() -> None:
    schema = json.loads((ROOT / "config" / "event.schema.json").read_text())
    assert schema["$defs"]["reason"]["enum"] == sorted(REJECTED)
