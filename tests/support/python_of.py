"""Python as the decoder's process runs: on this machine, or in the container image."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from resize_on_upload.imaging.sandbox import launch
from tests.support.decoders_in_image import ZEROED_MEMORY

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime


def run(source: str, request: object, image: Runtime | None) -> Any:
    """Run a program that reads one JSON document and prints another.

    Args:
        source: The program: in the image, only the function's package can be imported.
        request: The document for its standard input.
        image: The built container image; None for this machine.
    """
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, **launch.allocator(), "PYTHONPATH": path}
    command = [sys.executable]
    if image:
        # The last two are Lambda's client: -m awslambdaric.
        command = list(image.command[: image.command.index("-m")])
        environment = {
            **image.environment,
            **launch.KEPT_MEMORY,
            "LD_PRELOAD": ZEROED_MEMORY,
        }
    done = subprocess.run(
        [*command, "-c", source],
        input=json.dumps(request),
        check=False,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    return json.loads(done.stdout)
