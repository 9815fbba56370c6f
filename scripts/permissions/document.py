"""The document with the policies, docs/permissions.md."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING

from scripts.permissions.groups import GROUPS

if TYPE_CHECKING:
    from scripts.permissions.policy import Group

DOCUMENT = Path(__file__).parents[2] / "docs" / "permissions.md"
BEGIN, END = "<!-- permissions -->\n", "<!-- end -->"


def written(document: str) -> str:
    """Return the document with its policies updated from the table."""
    before, rest = document.split(BEGIN)
    _, after = rest.split(END, 1)
    sections = "\n".join(map(_section, GROUPS))
    return f"{before}{BEGIN}\n{sections}{END}{after}"


def _section(group: Group) -> str:
    commands = ", ".join(f"`{one}`" for one in group.commands)
    text = "\n".join(wrap(group.meaning, 110))
    text = f"For {commands}.\n{text}" if commands else text
    policy = json.dumps(group.policy(), indent=2)
    return f"## {group.name}\n\n{text}\n\n```json\n{policy}\n```\n"
