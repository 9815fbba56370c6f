"""A watermark, from sizes.json to the variants of a deployed stack."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

from PIL import Image

from local.deployment.checkout import copy_project
from local.stack import running
from tests.support import images, watermarks
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from local.emulator.runtime import Runtime
    from local.stack import Stack

GREY = images.png_of([[(100, 100, 100)] * 200] * 100)
SIZES = {
    "sizes": ["100x", "40x"],
    "watermark": {"file": "config/logo.png", "gravity": "center", "minWidth": 50},
}


def _middle(stack: Stack, name: str) -> object:
    """The colour in the middle of a variant; None if it is not there yet."""
    try:
        found = stack.s3().get_object(Bucket=stack.resized, Key=f"{name}/a.png")
    except stack.s3().exceptions.NoSuchKey:
        return None
    image = Image.open(io.BytesIO(found["Body"].read())).convert("RGB")
    return image.getpixel((image.width // 2, image.height // 2))


def test_a_deployed_watermark_is_drawn_and_replaced(
    deployed_runtime: Runtime, tmp_path: Path
) -> None:
    project = copy_project(tmp_path / "checkout")
    logo = project / "config" / "logo.png"
    logo.write_bytes(watermarks.plain())
    (project / "config" / "sizes.json").write_text(json.dumps(SIZES))
    with running(runtime=deployed_runtime, project=project) as stack:
        _upload_until_drawn(stack, (255, 0, 0))
        assert _middle(stack, "40x") == (100, 100, 100)
        logo.write_bytes(watermarks.plain(40, 20, (0, 0, 255)))
        stack.redeploy(project)
        _upload_until_drawn(stack, (0, 0, 255))


def _upload_until_drawn(stack: Stack, colour: tuple[int, int, int]) -> None:
    stack.s3().put_object(Bucket=stack.original, Key="a.png", Body=GREY)
    wait_for(lambda: _middle(stack, "100x") == colour, stack.log)
