"""The transcript in docs/operations.md is what the commands print."""

from __future__ import annotations

import re

from scripts import transcript


def _without_numbers(text: str) -> list[str]:
    """Byte counts and shares depend on the machine's ImageMagick."""
    return [
        " ".join(re.sub(r"[\d.,]+", "#", line).split()) for line in text.split("\n")
    ]


def test_the_transcript_is_up_to_date() -> None:
    document = transcript.DOCUMENT.read_text(encoding="utf-8")
    again = "\n".join(transcript.run())
    shown = transcript.shown(document).split("```console\n")[1].split("```\n")[0]
    assert _without_numbers(shown.strip()) == _without_numbers(again.strip())
