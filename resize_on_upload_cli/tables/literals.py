"""Text and patterns as SQL, whatever they contain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resize_on_upload.sizes.key_patterns import KeyPatterns

_LIKE = str.maketrans({"*": "%", "?": "_", "%": r"\%", "_": r"\_", "\\": r"\\"})
"""A pattern of sizes.json → one of LIKE."""


def text(content: str) -> str:
    """Return a string literal; a quote is doubled, and nothing else is special."""
    return "'" + content.replace("'", "''") + "'"


def name(*parts: str) -> str:
    """Return a name of several parts, each quoted."""
    return ".".join('"' + part.replace('"', '""') + '"' for part in parts)


def matches(patterns: KeyPatterns) -> str:
    """Return the condition that the column `key` matches."""
    excluded = [f"NOT {_like(one)}" for one in patterns.exclude]
    included = " OR ".join(map(_like, patterns.include))
    conditions = [*excluded, *([f"({included})"] if included else [])]
    return " AND ".join(conditions) or "TRUE"


def _like(pattern: str) -> str:
    return f"key LIKE {text(pattern.translate(_LIKE))} ESCAPE '\\'"
