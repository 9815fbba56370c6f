"""The transcripts in the documents are what the commands print."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from scripts import transcript

if TYPE_CHECKING:
    from pathlib import Path


def _without_numbers(text: str) -> list[str]:
    """Byte counts and shares depend on the machine's ImageMagick."""
    return [
        " ".join(re.sub(r"[\d.,]+", "#", line).split()) for line in text.split("\n")
    ]


@pytest.mark.parametrize(
    "document", transcript.TRANSCRIPTS, ids=lambda document: document.stem
)
def test_the_transcript_is_up_to_date(document: Path) -> None:
    again = "\n".join(transcript.TRANSCRIPTS[document]())
    shown = transcript.shown(document.read_text(encoding="utf-8"))
    assert shown
    assert _without_numbers(shown.strip()) == _without_numbers(again.strip())
