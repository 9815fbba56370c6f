"""The container image that is deployed: built from the Dockerfile, and proven."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime

pytestmark = pytest.mark.image


def _inside(image: Runtime, *command: str) -> str:
    return subprocess.run(
        [*image.command[:-3], *command],
        check=True,
        env=image.environment,
        capture_output=True,
        text=True,
    ).stdout


def test_the_image_proves_its_formats_and_its_policy(image: Runtime) -> None:
    """As Lambda's user, on a root it cannot write to."""
    proof = _inside(image, *image.command[-3:-1], "resize_on_upload.imaging.selftest")
    assert proof.startswith("ImageMagick 7.1")
    assert "reads: png, jpeg, webp, avif, gif, tiff, bmp, heic" in proof
    assert "writes: jpeg, png, webp, avif, gif" in proof


def test_the_image_holds_no_tools_an_attacker_could_use(image: Runtime) -> None:
    """No compiler, no Ghostscript, no package installer for Python."""
    listing = _inside(image, "ls", "/usr/bin")
    assert not {"gcc", "gs", "pip", "pip3", "curl", "wget"} & set(listing.split())


def test_lambda_can_read_every_file(image: Runtime) -> None:
    """Files of mode 0600 fail on Lambda with an error that names no file."""
    found = _inside(image, "find", "/var/task", "!", "-readable")
    assert found == ""


def test_everything_is_compiled(image: Runtime) -> None:
    """The root is read-only on Lambda: what is not compiled now is at every start."""
    missing = [
        source
        for source in image.root.glob("var/task/**/*.py")
        if not list(source.parent.glob(f"__pycache__/{source.stem}.*.pyc"))
    ]
    assert missing == []
