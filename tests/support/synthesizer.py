"""Synthesizes many templates in one process: CDK takes two seconds to start."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.templates import Document

ROOT = Path(__file__).parents[2]
_DEFAULTS = json.loads((ROOT / "cdk.json").read_text())["context"]


class Synthesizer:
    """The process; each context is synthesized once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._templates: dict[str, str] = {}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.synthesizer"],
            cwd=ROOT,
            env={
                **os.environ,
                "CDK_VALIDATION": "false",
                "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def template(self, context: dict[str, str]) -> Document:
        """The template for a context."""
        wanted = json.dumps(context, sort_keys=True)
        if wanted not in self._templates:
            out = self._folder / str(len(self._templates))
            self._templates[wanted] = self._synthesize(out, context).read_text()
        return dict(json.loads(self._templates[wanted]))

    def _synthesize(self, out: Path, context: dict[str, str]) -> Path:
        assert self._process.stdin
        assert self._process.stdout
        request = {"out": str(out), "context": _DEFAULTS | context}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Path(self._process.stdout.readline().rstrip("\n"))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def _serve(requests: Iterator[str]) -> None:
    """Answer each request with the path of the template."""
    import aws_cdk as cdk

    from app import build

    for line in requests:
        request = json.loads(line)
        app = build(cdk.App(outdir=request["out"], context=request["context"]))
        stack = app.synth().get_stack_by_name(request["context"]["stackName"])
        print(stack.template_full_path, flush=True)


if __name__ == "__main__":
    _serve(sys.stdin)
