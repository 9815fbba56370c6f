"""An image that takes over the decoder, in AWS's emulator and the real function.

The function's runtime gets its next invocation from an API on loopback. If the decoder
could reach it, it could take invocations, and uploads would be lost without a trace.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from local.emulator.runtime import on_this_machine
from local.stack import FUNCTION_PYTHON, running
from tests.support import images
from tests.support.deployed import log_line, put, resized
from tests.support.takeover.worker import MAGIC

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime
    from local.stack import Stack

ROOT = Path(__file__).parents[2]

STEAL = """
import urllib.request
api = "http://ADDRESS/2018-06-01/runtime/invocation"
try:
    with urllib.request.urlopen(f"{api}/next", timeout=20) as response:
        message = f"taken: {response.read().decode()}"
except OSError as error:
    message = f"refused: {error}"
header = {"reason": "corrupt", "message": message}
"""


def _with_vulnerable_decoder(folder: Path, *, walls: bool) -> Runtime:
    """The function with a decoder that runs code from an upload."""
    package = folder / "resize_on_upload"
    shutil.copytree(ROOT / "lambda" / "resize_on_upload", package)
    imaging = package / "imaging"
    (imaging / "sandbox" / "worker.py").rename(imaging / "sandbox" / "genuine.py")
    code = (ROOT / "tests" / "support" / "takeover" / "worker.py").read_text()
    code = code.replace("sandbox import worker", "sandbox import genuine as worker")
    if not walls:
        code = code.replace('os.environ.get("WITHOUT_WALLS")', "True")
    (imaging / "sandbox" / "worker.py").write_text(code)
    genuine = on_this_machine(FUNCTION_PYTHON)
    changed = {**genuine.environment, "PYTHONPATH": str(folder)}
    return replace(genuine, environment=changed)


def _try_to_steal(stack: Stack) -> str:
    """Upload code that asks for the next invocation; return its report."""
    put(stack, "first.png", images.png(30, 20))
    assert log_line(stack, "first.png")["event"] == "image.resized"
    code = STEAL.replace("ADDRESS", _runtime_api(stack))
    put(stack, "takeover.jpg", MAGIC + code.encode())
    rejection = log_line(stack, "takeover.jpg")
    assert rejection["event"] == "image.rejected"
    return str(rejection["message"])


def _runtime_api(stack: Stack) -> str:
    """The address of the API; on AWS it is always the same."""
    (environment,) = stack.lambda_pool.alive()
    pid = environment.program.process.pid
    arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return arguments[arguments.index("--runtime-api-address") + 1]


def test_code_in_the_decoder_cannot_take_an_invocation(tmp_path: Path) -> None:
    runtime = _with_vulnerable_decoder(tmp_path, walls=True)
    with running(runtime=runtime, concurrency=1) as stack:
        assert re.match(r"refused: .*(permitted|denied)", _try_to_steal(stack))
        for number in range(3):
            key = f"victim-{number}.png"
            put(stack, key, images.png(300, 200))
            assert log_line(stack, key)["event"] == "image.resized"
            assert set(resized(stack, key)) == {"150x", "50x50", "x150"}


def test_without_the_walls_it_could(tmp_path: Path) -> None:
    """The API gives bucket and key to any process."""
    runtime = _with_vulnerable_decoder(tmp_path, walls=False)
    with running(runtime=runtime, concurrency=1) as stack:
        message = _try_to_steal(stack)
        assert message.startswith("taken: ")
        assert "takeover.jpg" in message
