"""A focus is uploaded with an image, changed afterwards, and followed by every crop."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.deployment.checkout import copy_project
from local.stack import running
from tests.support import images
from tests.support.deployed import put, resized
from tests.support.nginx import require_nginx
from tests.support.viewer import path, view, view_until, wait_for_upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.runtime import Runtime
    from local.stack import Stack

SQUARE = {"geometry": "30x30^", "crop": True}
SIZES = {
    "manifest": True,
    "sizes": [
        {**SQUARE, "name": "square"},
        {**SQUARE, "name": "asked", "make": "request"},
    ],
}
WIDE = images.png(120, 30)
LEFT = ("red", "red", "blue", "blue")
MIDDLE = ("red", "green", "blue", "yellow")
RIGHT = ("green", "green", "yellow", "yellow")


@pytest.fixture(scope="module")
def own(
    deployed_runtime: Runtime, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """A stack with a cropped size that is made at upload, and one on request."""
    require_nginx()
    project = copy_project(tmp_path_factory.mktemp("focus") / "checkout", SIZES)
    context = {"delivery": "true", "freshSeconds": "1"}
    with running(context=context, runtime=deployed_runtime, project=project) as started:
        yield started


def _shown(stack: Stack, key: str) -> tuple[str, ...]:
    return images.corners(resized(stack, key)["square"][0], "png")


def test_crops_follow_the_focus_and_its_changes(own: Stack) -> None:
    """A copy onto itself with new metadata is a new version: all is made again."""
    put(own, "a.png", WIDE, Metadata={"focus": "0,0.5"})
    assert wait_for_upload(own, "a.png")["focus"] == "0.0,0.5"
    assert _shown(own, "a.png") == LEFT
    viewed = view(own, path("asked", "a.png"))
    assert images.corners(viewed.body, "png") == LEFT

    own.s3().copy_object(
        Bucket=own.original,
        Key="a.png",
        CopySource={"Bucket": own.original, "Key": "a.png"},
        Metadata={"focus": "1,0.5"},
        MetadataDirective="REPLACE",
    )
    assert wait_for_upload(own, "a.png", 2)["focus"] == "1.0,0.5"
    assert _shown(own, "a.png") == RIGHT
    view_until(
        own,
        path("asked", "a.png"),
        lambda found: images.corners(found.body, "png") == RIGHT,
    )


def test_a_focus_that_is_not_valid_is_ignored_and_logged(own: Stack) -> None:
    put(own, "b.png", WIDE, Metadata={"focus": "30%,60%"})
    line = wait_for_upload(own, "b.png")
    assert (line["event"], line["sizes_written"]) == ("image.resized", 2)
    assert line["focus_ignored"].startswith("'30%,60%' is not X,Y")
    assert "focus" not in line
    assert _shown(own, "b.png") == MIDDLE


def test_the_upload_command_sends_a_focus(own: Stack, tmp_path: Path) -> None:
    """By a form, whose policy has to allow it."""
    (tmp_path / "c.png").write_bytes(WIDE)
    sizes = tmp_path / "sizes.json"
    sizes.write_text(json.dumps(SIZES))
    program = Path(sys.executable).with_name("resize-on-upload")
    options = ("--focus", "1,0.5", "--sizes", str(sizes))
    subprocess.run(
        [program, "upload", str(tmp_path / "c.png"), *options],
        check=True,
        env={**os.environ, **own.environment()},
        capture_output=True,
    )
    assert _shown(own, "c.png") == RIGHT
    manifest = json.loads(_manifest(own, "c.png"))
    assert manifest["source"]["focus"] == {"x": 1, "y": 0.5}


def _manifest(stack: Stack, key: str) -> bytes:
    found = stack.s3().get_object(Bucket=stack.resized, Key=f"manifest/{key}.json")
    return bytes(found["Body"].read())
