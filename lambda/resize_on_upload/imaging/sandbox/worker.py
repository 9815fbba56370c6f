"""The process that decodes: no credentials, hard limits, one image at a time.

process.py starts it as `python -m resize_on_upload.imaging.sandbox.worker`; an image
may kill it without harm to the function.
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

from ...errors import Rejected, TooManyPixels
from ...sizes.size import MAX_SIZES
from .. import selftest
from ..codecs import decode_rows
from ..imagemagick.magick import WandException
from ..imagemagick.messages import rejection
from ..pipeline import make_variants
from ..probe import Limits
from ..walls import new_memory
from ..walls.hardening import harden
from . import protocol

if TYPE_CHECKING:
    from typing import IO

    from ..results import Variant


def main() -> None:
    """Build the walls, test the policy, then serve requests until the pipe closes."""
    requests, responses = _pipes()
    memory, cores = map(int, sys.argv[1:])
    walls = harden(memory, os.environ["TMPDIR"]) | new_memory.check()
    warnings.simplefilter("ignore")  # decoder_warnings.py reads those that matter
    violations = [check.name for check in selftest.run_policy_tests() if check.problem]
    started = {"policy_violations": violations, "walls": walls}
    protocol.send(responses, {**started, "whole": decode_rows.problem()}, [])
    if violations:
        return
    watermarks: dict[str, bytes] = {}
    try:
        while True:
            _serve(requests, responses, watermarks, cores)
    except protocol.ProtocolError:  # the function ended: nothing else cleans up
        shutil.rmtree(os.environ["TMPDIR"], ignore_errors=True)


def _serve(
    requests: IO[bytes],
    responses: IO[bytes],
    watermarks: dict[str, bytes],
    cores: int,
) -> None:
    """Respond to one request; its upload is freed before the next one is received.

    Args:
        requests: The pipe to read from.
        responses: The pipe to write to.
        watermarks: The files received so far, by their digests.
        cores: How many there are.
    """
    request, (blob, *files) = protocol.receive(requests, 1 + MAX_SIZES)
    _allow_seconds(request["limits"]["seconds"], cores)
    watermarks |= zip(request["watermarks"], files, strict=True)
    header, bodies = respond({**request, "watermarks": watermarks}, blob, cores)
    protocol.send(responses, {**header, "number": request["number"]}, bodies)


def _pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take over both pipes; what a library prints goes to standard error instead."""
    requests, responses = os.dup(0), os.dup(1)
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is needed
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return os.fdopen(requests, "rb"), os.fdopen(responses, "wb")


def respond(
    request: dict[str, Any], blob: bytes, cores: int = 1
) -> tuple[dict[str, Any], list[bytes]]:
    """The header and bodies of the response: an image's variants, or the error."""
    limits = Limits(**request["limits"])
    try:
        sizes = protocol.unpacked(request["sizes"], request.get("watermarks", {}))
        result = make_variants(blob, sizes, limits, cores)
    except Rejected as error:
        return _rejected(error), []
    except WandException as error:
        return _rejected(rejection(str(error), "image")), []
    except MemoryError:
        message = "the image needs more memory than the function has"
        return _rejected(TooManyPixels(message)), []
    except Exception as error:  # noqa: BLE001 - a bug is reported and the process lives on
        return {"failed": f"{type(error).__name__}: {error}"}, []
    header = {
        "source": asdict(result.source),
        "variants": [_facts(variant) for variant in result.variants],
        "milliseconds": result.milliseconds,
        "hdr": result.hdr,
    }
    return header, [variant.body for variant in result.variants]


def _rejected(error: Rejected) -> dict[str, Any]:
    return {"reason": error.reason, "message": str(error)}


def _facts(variant: Variant) -> dict[str, Any]:
    return {
        "content_type": variant.content_type,
        "width": variant.width,
        "height": variant.height,
        "quality": variant.quality,
        "color": variant.color,
        "thumbhash": variant.thumbhash,
        "hdr": variant.hdr,
    }


def _allow_seconds(seconds: float, cores: int) -> None:
    """Allow CPU time for one more image; the function's timeout is stricter."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = int(time.process_time() + (cores + 1) * seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


if __name__ == "__main__":
    main()
