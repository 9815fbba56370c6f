"""Write the transcript in docs/operations.md: commands run against the local stack.

`make transcript` runs it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from local.checkout import copy_project
from local.demo.photos import samples
from local.demo.uploads import upload, wait_for_variants
from local.stack import ROOT, Stack, running
from tools.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DOCUMENT = ROOT / "docs" / "operations.md"
_BLOCK = re.compile(r"(?s)(<!-- transcript -->\n```console\n).*?(```\n<!-- end -->)")
_SIZES = ["150x", "50x50", {"geometry": "120x120^", "name": "square", "crop": True}]


def main() -> None:
    """Run the commands and update the document."""
    text = DOCUMENT.read_text(encoding="utf-8")
    lines = "\n".join(run())
    written = _BLOCK.sub(lambda block: f"{block[1]}{lines}\n{block[2]}", text)
    DOCUMENT.write_text(written, encoding="utf-8")


def shown(document: str) -> str:
    """Return the transcript in a document."""
    found = _BLOCK.search(document)
    return found[0] if found else ""


def run() -> Iterator[str]:
    """Yield the lines of a terminal: comments, commands and their output."""
    with TemporaryDirectory() as folder:
        project = copy_project(Path(folder) / "checkout")
        with running(say=say, project=project) as stack:
            yield from _session(stack, project)


def _session(stack: Stack, project: Path) -> Iterator[str]:
    client = stack.s3()
    photos = samples()
    upload(stack, photos)
    client.put_object(Bucket=stack.original, Key="letter.pdf", Body=b"%PDF-1.7")
    wait_for_variants(stack, photos)
    _wait(lambda: "letter.pdf" in stack.log())
    yield "# five photos and a PDF were uploaded"
    yield from _shown(stack, project, "plan")

    file = project / "config" / "sizes.json"
    file.write_text(json.dumps({"sizes": _SIZES}))
    stack.redeploy(project)
    _without_events(
        stack, lambda: client.delete_object(Bucket=stack.original, Key="logo.png")
    )
    yield "\n# in config/sizes.json, a square replaced x150; cdk deploy;"
    yield "# and a photo was deleted, but its event was lost"
    yield from _shown(stack, project, "plan")
    yield from _shown(stack, project, "backfill", "--dry-run", "--prefix", "holiday")
    yield from _shown(stack, project, "backfill")
    yield from _shown(stack, project, "prune")
    yield from _shown(stack, project, "prune", "--yes")
    yield from _shown(stack, project, "plan")
    yield from _shown(stack, project, "redrive", "rejected", "--dry-run")
    yield from _shown(stack, project, "redrive", "failed")


def _shown(stack: Stack, project: Path, *arguments: str) -> Iterator[str]:
    yield f"\n$ resize-on-upload {' '.join(arguments)}"
    done = subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), *arguments],
        check=False,
        cwd=project,
        env={**os.environ, **stack.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield done.stdout.rstrip("\n")


def _without_events(stack: Stack, act: Callable[[], Any]) -> None:
    """Change the bucket with its notifications off."""
    client, bucket = stack.s3(), stack.original
    kept = client.get_bucket_notification_configuration(Bucket=bucket)
    kept.pop("ResponseMetadata")
    client.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={}
    )
    act()
    client.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=kept
    )


def _wait(ready: Callable[[], bool]) -> None:
    while not ready():
        time.sleep(0.1)


if __name__ == "__main__":
    main()
