"""A decoder that was taken over cannot read the function's credentials."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from resize_on_upload import dependencies

PACKAGE = Path(__file__).parents[2] / "lambda"

# A function with a secret, run by a user who is not root, and a child process of the
# same user that looks for it wherever the decoder could.
PROGRAM = """
import ctypes, os, sys
sys.path.insert(0, sys.argv[1])
from resize_on_upload.imaging.walls.prctl import set_undumpable
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)  # as if it had never been root
if sys.argv[2] == "hidden":
    set_undumpable()
parent = os.getpid()
if os.fork() == 0:
    for name in ("environ", "mem", "maps"):
        try:
            with open(f"/proc/{parent}/{name}", "rb") as file:
                file.read(0)
            print("open", name)
        except OSError:
            print("refused", name)
    sys.stdout.flush()
    os._exit(0)
os.wait()
"""


def _looked(how: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(PACKAGE), how],
        check=True,
        env={"AWS_SECRET_ACCESS_KEY": "secret"},
        cwd="/",
        capture_output=True,
        text=True,
    )
    return done.stdout.split("\n")[:3]


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_the_credentials_of_the_function_are_out_of_reach() -> None:
    if _looked("plain")[0] != "open environ":
        pytest.skip("this system hides processes from one another anyway")
    assert _looked("hidden") == ["refused environ", "refused mem", "refused maps"]


def test_it_hides_before_the_decoder_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    """When Lambda imports the handler: a decoder started earlier could read all."""
    done: list[str] = []
    for step in ("set_undumpable", "sandbox", "completion_events", "store"):
        monkeypatch.setattr(dependencies, step, partial(done.append, step))
    monkeypatch.setenv("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001")
    spec = importlib.util.find_spec("resize_on_upload.handler")
    assert spec
    assert spec.loader
    spec.loader.exec_module(importlib.util.module_from_spec(spec))
    assert done[:2] == ["set_undumpable", "sandbox"]
