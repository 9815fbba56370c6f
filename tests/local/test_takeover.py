"""An image that takes the decoder over, through AWS's emulator and the real function.

The function's runtime asks an API on loopback for its next invocation. Whoever else
can ask takes invocations away, and uploads are lost without a trace.
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

# On AWS the API's address is always the same; here it is one of those that listen.
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
        return urllib.request.urlopen(f"{api}/next", timeout=5).read().decode()
    except Exception as error:
        return str(error)
try:
    taken = [one for one in map(event, ports()) if "Records" in one]
    message = f"taken: {taken}"
except OSError as error:
    message = f"refused: {error}"
header = {"reason": "corrupt", "message": message}
"""


def _with_a_hole(folder: Path, *, walls: bool) -> Runtime:
    """The function, its decoder replaced by one that runs code out of an upload."""
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


def test_code_in_the_decoder_takes_no_invocation(tmp_path: Path) -> None:
    place = _with_a_hole(tmp_path, walls=True)
    with running(runtime=place, concurrency=1) as stack:
        put(stack, "evil.jpg", MAGIC + STEAL.encode())
        evil = log_line(stack, "evil.jpg")
        assert (evil["event"], evil["message"][:8]) == ("image.rejected", "refused:")
        for number in range(3):
            key = f"victim-{number}.png"
            put(stack, key, images.png(300, 200))
            assert log_line(stack, key)["event"] == "image.resized"
            assert set(resized(stack, key)) == {"150x", "50x50", "x150"}


def test_without_the_walls_it_would(tmp_path: Path) -> None:
    """The API hands out bucket and key to whoever asks."""
    place = _with_a_hole(tmp_path, walls=False)
    with running(runtime=place, concurrency=1) as stack:
        put(stack, "evil.jpg", MAGIC + STEAL.encode())
        message = log_line(stack, "evil.jpg")["message"]
        assert message.startswith("taken: [")
        assert "evil.jpg" in message or stack.original in message
