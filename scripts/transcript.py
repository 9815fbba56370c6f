"""Write the transcripts in the documents: commands run against the local stack.

`make transcript` runs it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from local.demo.photos import painted
from local.demo.uploads import upload, wait_for_variants
from local.deployment.checkout import copy_project
from local.stack import ROOT, Stack, running
from resize_on_upload_cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_BEGIN, _END = "<!-- transcript -->\n```console\n", "```\n<!-- end -->"
_SIZES = ["150x", "50x50", {"geometry": "120x120^", "name": "square", "crop": True}]
_PHOTOS = (
    *("mountains.jpg", "phone portrait.jpg", "logo.png", "lake.webp"),
    "holiday 2026/Zürich + See.jpg",
)
_DELIVERED = ["150x", {"geometry": "600x", "make": "request"}]
_DOMAIN = "https://d111111abcdef8.cloudfront.net/"
"""The example name of AWS's documentation, in place of this machine's."""


def main() -> None:
    """Run the commands and update the documents."""
    for document, run in TRANSCRIPTS.items():
        begin, _, end = _parts(document.read_text(encoding="utf-8"))
        lines = "\n".join(run())
        document.write_text(f"{begin}{lines}\n{end}", encoding="utf-8")


def shown(document: str) -> str:
    """Return the transcript in a document."""
    return _parts(document)[1]


def _parts(document: str) -> tuple[str, str, str]:
    """Return a document in three: the transcript, and what is around it."""
    begin, mark, rest = document.partition(_BEGIN)
    transcript, end, after = rest.partition(_END)
    return begin + mark, transcript, end + after


def operations() -> Iterator[str]:
    """Yield the lines of a terminal: comments, commands and their output."""
    with TemporaryDirectory() as folder:
        project = copy_project(Path(folder) / "checkout")
        with running(say=say, project=project) as stack:
            yield from _session(stack, project)


def delivery() -> Iterator[str]:
    """Yield the same of a stack that serves URLs."""
    with TemporaryDirectory() as folder:
        project = copy_project(Path(folder) / "checkout")
        sizes = {"sizes": _DELIVERED}
        (project / "config" / "sizes.json").write_text(json.dumps(sizes))
        shutil.copyfile(painted()["mountains.jpg"], project / "lake.jpg")
        context = {"delivery": "true"}
        with running(context=context, say=say, project=project) as stack:
            if not stack.edge:
                sys.exit("nginx is needed: local/install nginx")
            for line in _session_with_urls(stack, project):
                yield line.replace(stack.url, _DOMAIN)


TRANSCRIPTS = {
    ROOT / "docs" / "operations.md": operations,
    ROOT / "docs" / "delivery.md": delivery,
}


def _session_with_urls(stack: Stack, project: Path) -> Iterator[str]:
    upload = ("upload", "lake.jpg", "--prefix", "holiday/")
    yield '# in config/sizes.json, 600x has "make": "request"'
    yield from _shown(stack, project, *upload)
    yield "\n# the second size is made by this request, and then cached"
    yield from _shown(stack, project, "urls", "holiday/lake.jpg")
    yield from _shown(stack, project, "urls", "holiday/lake.jpg")
    yield from _shown(stack, project, "plan")


def _session(stack: Stack, project: Path) -> Iterator[str]:
    client = stack.s3()
    photos = {key: painted()[key] for key in _PHOTOS}
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
