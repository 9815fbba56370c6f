"""The image job in both places; every line of --json is checked by its schema."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload_cli import terminal
from tests.support import commands_schema
from tests.support.decoders_in_image import decoders_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local.emulator.runtime import Runtime
    from resize_on_upload.imaging.results import ImageResult

collect_ignore = (
    []
    if sys.platform == "linux"
    else ["test_decoder_memory.py", "test_prctl.py", "test_walls.py"]
)

MEMORY = 1_577 * 1024 * 1024


@pytest.fixture(autouse=True)
def _valid_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test has a command print with --json, the schema describes it."""
    line = terminal._json_line

    def checked(kind: str, document: Mapping[str, Any]) -> str:
        text = line(kind, document)
        commands_schema.check(text)
        return text

    monkeypatch.setattr(terminal, "_json_line", checked)


@pytest.fixture(scope="module")
def inside(image: Runtime) -> Iterator[Sandbox]:
    """The deployed engine: a decoder in the built container image."""
    with decoders_inside(image, pytest.MonkeyPatch()):
        box = Sandbox(MEMORY, Limits())
        yield box
        box.close()


@pytest.fixture(
    scope="module", params=["machine", pytest.param("image", marks=pytest.mark.image)]
)
def make(request: pytest.FixtureRequest) -> Callable[[bytes, Any], ImageResult]:
    """The image job: on this machine, and in the built container image."""
    if request.param == "machine":
        return make_variants
    box: Sandbox = request.getfixturevalue("inside")
    return box.make_variants
