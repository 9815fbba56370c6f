"""An image that takes over the decoder, in AWS's emulator and the real function.

The function's runtime gets its next invocation from an API on loopback. If the decoder
could reach it, it could take invocations, and uploads would be lost without a trace.
"""

from __future__ import annotations

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

ROOT = Path(__file__).parents[2]

# On AWS the API's address is always the same; here it is one of the open ports.
STEAL = """
import urllib.request
def ports():
    for row in open("/proc/net/tcp").read().splitlines()[1:]:
        place, state = row.split()[1], row.split()[3]
        if state == "0A" and place.startswith("0100007F:"):
            yield int(place[9:], 16)
def event(port):
    api = f"http://127.0.0.1:{port}/2018-06-01/runtime/invocation"
    try:
        return urllib.request.urlopen(f"{api}/next", timeout=60).read().decode()
    except Exception as error:
        return str(error)
try:
    taken = [one for one in map(event, ports()) if "Records" in one]
    message = f"taken: {taken}"
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


def test_code_in_the_decoder_cannot_take_an_invocation(tmp_path: Path) -> None:
    place = _with_vulnerable_decoder(tmp_path, walls=True)
    with running(runtime=place, concurrency=1) as stack:
        put(stack, "takeover.jpg", MAGIC + STEAL.encode())
        rejection = log_line(stack, "takeover.jpg")
        assert (rejection["event"], rejection["message"][:8]) == (
            "image.rejected",
            "refused:",
        )
        for number in range(3):
            key = f"victim-{number}.png"
            put(stack, key, images.png(300, 200))
            assert log_line(stack, key)["event"] == "image.resized"
            assert set(resized(stack, key)) == {"150x", "50x50", "x150"}


def test_without_the_walls_it_could(tmp_path: Path) -> None:
    """The API gives bucket and key to any process."""
    place = _with_vulnerable_decoder(tmp_path, walls=False)
    with running(runtime=place, concurrency=1) as stack:
        put(stack, "takeover.jpg", MAGIC + STEAL.encode())
        message = log_line(stack, "takeover.jpg")["message"]
        assert message.startswith("taken: [")
        assert "takeover.jpg" in message or stack.original in message
