"""The published schema of what commands print with --json."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

_FILE = Path(__file__).parents[2] / "config" / "commands.schema.json"


@cache
def schema() -> dict[str, Any]:
    """Return the schema."""
    found: dict[str, Any] = json.loads(_FILE.read_text())
    return found


def kinds() -> set[str]:
    """Return every kind of line."""
    return {one["$ref"].rpartition("/")[2] for one in schema()["oneOf"]}


@cache
def _validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(schema() | {"oneOf": [{"$ref": f"#/$defs/{kind}"}]})


def check(line: str) -> dict[str, Any]:
    """Return a line, parsed: it is valid, and the schema has each of its fields."""
    document: dict[str, Any] = json.loads(line)
    kind = document["kind"]
    assert kind in kinds(), f"{kind} is not in {_FILE.name}"
    errors = list(_validator(kind).iter_errors(document))
    assert not errors, "\n".join(f"{one.json_path}: {one}" for one in errors)
    described = schema()["$defs"][kind]["properties"]
    assert document.keys() <= described.keys(), document.keys() - described.keys()
    return document
