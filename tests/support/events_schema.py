"""The published schema of events, with the manifest's that it points to."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

CONFIG = Path(__file__).parents[2] / "config"


def _read(name: str) -> dict[str, object]:
    found: dict[str, object] = json.loads((CONFIG / name).read_text())
    return found


VALIDATOR = Draft202012Validator(
    _read("event.schema.json"),
    registry=Registry().with_resource(
        "manifest.schema.json",
        Resource.from_contents(_read("manifest.schema.json")),
    ),
    format_checker=Draft202012Validator.FORMAT_CHECKER,
)
