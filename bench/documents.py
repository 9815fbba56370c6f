"""The sections of the documents that benchmarks write, between two comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_END = "<!-- end -->"


def write(page: Path, name: str, text: str) -> None:
    """Replace a section of a page."""
    page.write_text(replaced(page.read_text(), name, text))


def replaced(document: str, name: str, text: str) -> str:
    """The document with another text from `<!-- name -->` to the next end."""
    start = f"<!-- {name} -->\n"
    before, rest = document.split(start)
    return f"{before}{start}{text}\n{_END}{rest.split(_END, 1)[1]}"
