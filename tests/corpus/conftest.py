"""The corpus of real and hostile files, and a decoder behind its walls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.imaging import process
from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox import Sandbox
from tests.shared import ABSENT, CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.runtime import Runtime

MEMORY = (1_769 - 192) * 1024 * 1024  # as in the function by default


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of files, beside the checkout."""
    if not CORPUS.exists():
        pytest.skip(ABSENT)
    return CORPUS


@pytest.fixture(
    scope="module",
    params=["machine", pytest.param("image", marks=pytest.mark.image)],
)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One warm environment for all files of a module, as on Lambda.

    Once with this machine's ImageMagick, once with the one in the built image.
    """
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "image":
            _decode_inside(request.getfixturevalue("image"), patch)
        box = Sandbox(MEMORY, Limits())
        yield box
        box.close()


def _decode_inside(image: Runtime, patch: pytest.MonkeyPatch) -> None:
    """Start the decoder's process in the image's root, as Lambda's user."""
    folder = image.root / "tmp" / "magick-corpus"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    module = "resize_on_upload.imaging.worker"
    inside = "/tmp/magick-corpus"  # noqa: S108 - in the image's root
    environment = {"TMPDIR": inside, "MAGICK_TEMPORARY_PATH": inside, **process._MEMORY}
    patch.setattr(process, "_command", lambda: [*image.command[:-1], module])
    inside_it = {**image.environment, **environment}
    patch.setattr(process, "_environment", lambda _: inside_it)


@pytest.fixture(scope="session")
def canary() -> Iterator[Path]:
    """The folder that the payloads of hostile files point at; unharmed afterwards."""
    folder = Path("/srv/canary")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        pytest.skip("the payloads' folder can only be made as root")
    secret = folder / "secret.txt"
    secret.write_text("CANARY-SECRET")
    yield folder
    left = sorted(file.name for file in folder.iterdir())
    text = secret.read_text()
    secret.unlink()
    folder.rmdir()
    assert (left, text) == (["secret.txt"], "CANARY-SECRET")
