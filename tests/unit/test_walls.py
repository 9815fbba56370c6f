"""Code that runs in the decoder: each attempt is refused by a wall."""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.errors import DecoderCrash, EngineFailed, Rejected
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox import launch
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload.imaging.walls import seccomp
from resize_on_upload.imaging.walls.hardening import WALLS
from resize_on_upload.imaging.walls.new_memory import ZEROED
from resize_on_upload.sizes.parser import parse
from tests.support import images
from tests.support.decoders_in_image import decoders_inside
from tests.support.takeover.attempts import ATTEMPTS, ONLY_X86
from tests.support.takeover.worker import MAGIC

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.emulator.runtime import Runtime

MEMORY = 1_577 * 1024 * 1024
SIZES = parse('{"sizes": ["150x"]}')
PNG = images.png(300, 200)
ROOT = Path(__file__).parents[2]
TAKEOVER = Path("tests", "support", "takeover")
WORKER = "tests.support.takeover.worker"

# Without walls, root may do everything: it shows that the attempts are real.
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may do everything")


class Listener(BaseHTTPRequestHandler):
    """Responds with the next invocation, as the runtime API does."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def listener() -> Iterator[ThreadingHTTPServer]:
    Listener.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(
    scope="module",
    params=["machine", pytest.param("image", marks=pytest.mark.image)],
)
def start(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Start a sandbox whose decoder runs code, here or in the container image."""
    image = None
    if request.param == "image":
        image = request.getfixturevalue("image")
        _copy(image)
    return lambda **options: _sandbox(image, **options)


def _copy(image: Runtime) -> None:
    """Copy the stand-in decoder into the container image's root."""
    folder = image.root / "tmp" / "takeover" / TAKEOVER
    folder.mkdir(parents=True, exist_ok=True)
    for package in (folder.parent, folder.parents[1]):
        (package / "__init__.py").touch()
    for file in (ROOT / TAKEOVER).glob("*.py"):
        (folder / file.name).write_bytes(file.read_bytes())


@contextmanager
def _sandbox(
    image: Runtime | None, *, walls: bool = True, reuse: int = 500
) -> Iterator[Sandbox]:
    with ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        if image:
            path = "/var/task:/tmp/takeover"
            there = decoders_inside(image, patch, WORKER, PYTHONPATH=path)
            stack.enter_context(there)
        else:
            patch.setattr(launch, "WORKER", WORKER)
            if not walls:
                patch.setattr(launch, "allocator", lambda: {"WITHOUT_WALLS": "1"})
        box = Sandbox(MEMORY, Limits(seconds=120), reuse)
        stack.callback(box.close)
        yield box


def _run(box: Sandbox, code: str) -> str:
    """The outcome of a program in the decoder, as it reports it."""
    with pytest.raises(EngineFailed) as caught:
        box.make_variants(MAGIC + code.encode(), SIZES)
    return str(caught.value).removeprefix("the engine failed: ")


def _filled(attempt: str, listener: ThreadingHTTPServer, secret: Path) -> str:
    return ATTEMPTS[attempt].format(port=listener.server_port, secret=secret)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret"
    file.write_text("SECRET")
    return file


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_code_in_the_decoder_is_refused(
    start: Any, listener: ThreadingHTTPServer, secret: Path, attempt: str
) -> None:
    """And the next upload is decoded as usual."""
    with start() as box:
        box._ready()
        if missing := {name for name, why in box.walls.items() if why}:
            pytest.skip(f"this kernel refuses {', '.join(missing)}")
        outcome = _run(box, _filled(attempt, listener, secret))
        assert outcome.startswith("refused: "), outcome
        assert box.make_variants(PNG, SIZES).variants
    assert Listener.asked == []


@needs_root
@pytest.mark.parametrize("attempt", [one for one in ATTEMPTS if one not in ONLY_X86])
def test_without_the_walls_it_would_succeed(
    listener: ThreadingHTTPServer, secret: Path, attempt: str
) -> None:
    with _sandbox(None, walls=False) as box:
        outcome = _run(box, _filled(attempt, listener, secret))
    Listener.asked.clear()
    assert outcome.startswith("succeeded: "), outcome


def test_every_wall_is_reported(start: Any) -> None:
    with start() as box:
        box._ready()
        assert tuple(box.walls) == (*WALLS, ZEROED)
        assert box.walls[ZEROED] is None


SURPLUS = """
import sys
from resize_on_upload.imaging.sandbox.protocol import send
frame = sys._getframe()
while "responses" not in frame.f_locals: frame = frame.f_back
responses = frame.f_locals["responses"]
"""


@pytest.mark.parametrize("again", [True, False], ids=["a message", "a byte"])
def test_a_surplus_response_reaches_no_other_upload(start: Any, again: bool) -> None:  # noqa: FBT001 - a case
    """A second response could be taken for the next upload's."""
    forged = '{"reason": "corrupt", "message": "FORGED", "number": request["number"]'
    sent = f"send(responses, {forged}}}, [])" if again else "responses.write(b'x')"
    code = f"{SURPLUS}\nheader = {forged}}}\n{sent}\nresponses.flush()\n"
    with start() as box:
        with pytest.raises(Exception, match=r"FORGED|malformed|something other than"):
            box.make_variants(MAGIC + code.encode(), SIZES)
        assert box.make_variants(PNG, SIZES).variants


WRONG_NUMBER = """
send = worker.protocol.send
worker.protocol.send = lambda to, header, bodies: send(
    to, {**header, "number": header["number"] + NUMBER_OFF}, bodies)
header = {"reason": "corrupt", "message": "an ordinary rejection"}
"""


def test_a_response_to_another_request_is_refused(start: Any) -> None:
    """The first image of the process is to blame."""
    code = WRONG_NUMBER.replace("NUMBER_OFF", "7")
    with start() as box:
        with pytest.raises(DecoderCrash, match="another request"):
            box.make_variants(MAGIC + code.encode(), SIZES)
        assert box.make_variants(PNG, SIZES).variants


def test_a_decoder_that_was_taken_over_costs_the_next_upload_nothing(
    start: Any,
) -> None:
    """If it responds to another request, another process gets the upload."""
    code = WRONG_NUMBER.replace("NUMBER_OFF", "(header['number'] > 1)")
    with start() as box:
        with pytest.raises(Rejected, match="an ordinary rejection"):
            box.make_variants(MAGIC + code.encode(), SIZES)
        assert box.make_variants(PNG, SIZES).variants


FORGE = """
from resize_on_upload.imaging.sandbox import worker
real = worker.respond
def forge(request, blob):
    header, bodies = real(request, blob)
    return header, [bytes(body).replace(b"IDAT", b"idat") for body in bodies]
__import__("sys").modules["__main__"].worker.respond = forge
header = {"reason": "corrupt", "message": "an ordinary rejection"}
"""


def test_used_once_it_reaches_no_other_upload(start: Any) -> None:
    """With decoderReuse=1, code that took a decoder over sees only its own upload."""
    with start(reuse=1) as box:
        first = box.pid
        with pytest.raises(Exception, match="an ordinary rejection"):
            box.make_variants(MAGIC + FORGE.encode(), SIZES)
        assert box.make_variants(PNG, SIZES).variants
        assert box.pid != first


def _numbers(file: Path) -> dict[str, int]:
    found = {}
    for line in file.read_text().splitlines():
        words = line.split()
        if len(words) >= 3 and words[1].startswith("__NR") and words[2].isdecimal():
            found[words[1].partition("_NR")[2].partition("_")[2]] = int(words[2])
    return found


@pytest.mark.parametrize(
    ("column", "header"),
    [(0, "x86_64-linux-gnu/asm/unistd_64.h"), (1, "asm-generic/unistd.h")],
    ids=["x86_64", "arm64"],
)
def test_system_call_numbers_match_the_kernel(column: int, header: str) -> None:
    """For both processors, on whichever the test runs: Lambda has both."""
    file = Path("/usr/include") / header
    if not file.exists():
        pytest.skip(f"{file} is not on this machine")
    numbers = _numbers(file)
    for name, pair in {**seccomp.FORBIDDEN, **seccomp.SPECIAL}.items():
        assert numbers.get(name) == pair[column], name
