"""The corpus of real and hostile files, and a sandboxed decoder."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from tests.support.decoders_in_image import decoders_inside
from tests.support.shared_files import ABSENT, CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMORY = (1_769 - 192) * 1024 * 1024  # as in the function by default


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of files, next to the checkout."""
    if not CORPUS.exists():
        pytest.skip(ABSENT)
    return CORPUS


@pytest.fixture(
    scope="module",
    params=["machine", pytest.param("image", marks=pytest.mark.image)],
)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One warm decoder for all files of a module, as on Lambda.

    Once with this machine's ImageMagick, once with that of the container image.
    """
    with ExitStack() as stack:
        if request.param == "image":
            image, patch = request.getfixturevalue("image"), pytest.MonkeyPatch()
            stack.enter_context(decoders_inside(image, patch))
        box = Sandbox(MEMORY, Limits())
        stack.callback(box.close)
        yield box


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The ImageMagick that `sandbox` uses, for the output of a test."""
    return str(request.node.callspec.params["sandbox"])


@pytest.fixture(scope="session")
def canary() -> Iterator[Path]:
    """The folder that payloads of hostile files refer to; it must stay unchanged."""
    folder = Path("/srv/canary")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        pytest.skip("only root can create the folder of the payloads")
    secret = folder / "secret.txt"
    secret.write_text("CANARY-SECRET")
    yield folder
    left = sorted(file.name for file in folder.iterdir())
    text = secret.read_text()
    secret.unlink()
    folder.rmdir()
    assert (left, text) == (["secret.txt"], "CANARY-SECRET")
