"""The process that decodes: no credentials, hard limits, one picture at a time.

Started by process.py as `python -m resize_on_upload.imaging.worker`; it may die of any
picture, and only it.
"""

from __future__ import annotations

import os
import resource
import shutil
import sys
import time
import warnings
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ..errors import Rejected
from . import proof, wire
from .decode import rejection
from .derive import derive
from .magick import WandException
from .probe import Limits

if TYPE_CHECKING:
    from typing import IO

_LARGEST_FILE = 256 * 1024 * 1024
_MOST_OPEN = 64


def main() -> None:
    """Lock the doors, prove them locked, then answer until the pipe closes."""
    requests, answers = _pipes()
    _lock(memory=int(sys.argv[1]))
    warnings.simplefilter("ignore")  # decode.py reads those that matter
    holes = [check.name for check in proof.policy_checks() if check.problem]
    wire.send(answers, {"holes": holes}, [])
    while not holes:
        try:
            header, (blob,) = wire.receive(requests)
        except wire.BrokenWireError:  # the function ended; nobody else cleans up
            shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)
            return
        _answer(answers, header, blob)


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """The pipes for ourselves; whatever a library prints goes to standard error."""
    requests, answers = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is wanted
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return os.fdopen(requests, "rb"), os.fdopen(answers, "wb")


def _lock(memory: int) -> None:
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, _LARGEST_FILE),
        (resource.RLIMIT_NOFILE, _MOST_OPEN),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def _answer(answers: IO[bytes], header: dict[str, Any], blob: bytes) -> None:
    limits = Limits(**header["limits"])
    _allow_seconds(limits.seconds)
    try:
        derived = derive(blob, wire.unpacked(header["sizes"]), limits)
    except Rejected as error:
        wire.send(answers, {"code": error.code, "message": str(error)}, [])
    except WandException as error:
        refused = rejection(str(error), "picture")
        wire.send(answers, {"code": refused.code, "message": str(refused)}, [])
    except MemoryError:
        message = "the picture needs more memory than the function has"
        wire.send(answers, {"code": "too-many-pixels", "message": message}, [])
    except Exception as error:  # noqa: BLE001 - a bug of ours is told, not died of
        wire.send(answers, {"failed": f"{type(error).__name__}: {error}"}, [])
    else:
        variants = [
            {
                "content_type": v.content_type,
                "width": v.width,
                "height": v.height,
                "color": v.color,
            }
            for v in derived.variants
        ]
        wire.send(
            answers,
            {
                "source": asdict(derived.source),
                "variants": variants,
                "milliseconds": derived.milliseconds,
            },
            [variant.body for variant in derived.variants],
        )


def _allow_seconds(seconds: float) -> None:
    """CPU time for one more picture; the parent's clock is the stricter one."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = int(time.process_time() + 2 * seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


if __name__ == "__main__":
    main()
