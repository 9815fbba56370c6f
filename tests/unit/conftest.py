"""The image job on this machine and in the container image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from tests.support.decoders_in_image import decoders_inside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.emulator.runtime import Runtime
    from resize_on_upload.imaging.results import ImageResult

MEMORY = 1_577 * 1024 * 1024


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
