"""The corpus of real and hostile files, and a decoder behind its walls."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.imaging.probe import Limits
from resize_on_upload.imaging.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

SHARED = Path(__file__).parents[3] / "shared"
MEMORY = (1_769 - 192) * 1024 * 1024  # as in the function by default


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of files, beside the checkout."""
    if not (SHARED / "corpus").exists():
        pytest.skip("the corpus of real files is not beside the checkout")
    return SHARED / "corpus"


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One warm environment for all files, as on Lambda."""
    box = Sandbox(MEMORY, Limits())
    yield box
    box.close()


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
