"""The schema of sizes.json."""

from __future__ import annotations

import json
from pathlib import Path

from jsonschema import Draft202012Validator

_FILE = Path(__file__).parents[2] / "config" / "sizes.schema.json"

VALIDATOR = Draft202012Validator(json.loads(_FILE.read_text()))
