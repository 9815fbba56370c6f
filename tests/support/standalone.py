"""Write templates that need no CDK, each once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.templates import Document

ROOT = Path(__file__).parents[2]

IMAGE_URI = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/resize-on-upload:0.2.0"


class Standalone:
    """Runs what `make template` runs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._summaries: dict[str, str] = {}

    def template(self, context: dict[str, str]) -> Document:
        """The template for a context."""
        return dict(json.loads(self.file(context).read_text()))

    def file(self, context: dict[str, str]) -> Path:
        """The template's file."""
        self.summary(context)
        return self._out(context) / "resize-on-upload.template.json"

    def summary(self, context: dict[str, str]) -> str:
        """What is printed."""
        key = json.dumps(context)
        if key not in self._summaries:
            given = [part for one in context.items() for part in ("-c", "=".join(one))]
            out = self._out(context)
            self._summaries[key] = subprocess.run(
                [sys.executable, "-m", "stacks.template", *given, "--out", out],
                check=True,
                cwd=ROOT,
                env={**os.environ, "CDK_VALIDATION": "false"},
                capture_output=True,
                text=True,
            ).stdout
        return self._summaries[key]

    def _out(self, context: dict[str, str]) -> Path:
        digest = hash(json.dumps(context))
        return self._folder / f"{digest & 0xFFFFFFFF:x}"
