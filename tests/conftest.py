"""The deployed stack, started once for all tests that talk to it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

os.environ.setdefault("WAND_MAGICK_LIBRARY_SUFFIX", "-7.Q16;-6.Q16")

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """The template as `cdk deploy` would send it, running on this machine."""
    from local.stack import running

    with running() as started:
        yield started
