"""The container image that is deployed, built from the Dockerfile."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.build.trim_botocore import METHODS
from tests.support import aws_calls

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime

pytestmark = pytest.mark.image


CALLS = Path(aws_calls.__file__).read_text()


def _inside(image: Runtime, *command: str) -> str:
    return subprocess.run(
        [*image.command[:-3], *command],
        check=True,
        env=image.environment,
        capture_output=True,
        text=True,
    ).stdout


def test_the_image_passes_its_self_test(image: Runtime) -> None:
    """As Lambda's user, with a root that it cannot write to."""
    output = _inside(image, *image.command[-3:-1], "resize_on_upload.imaging.selftest")
    assert output.startswith("ImageMagick 7.1")
    assert "reads: png, jpeg, webp, avif, gif, tiff, bmp, heic, jxl, raw" in output
    assert "writes: jpeg, png, webp, avif, gif" in output


def test_the_image_holds_no_tools_an_attacker_could_use(image: Runtime) -> None:
    """No compiler, no Ghostscript, no package installer for Python."""
    listing = _inside(image, "ls", "/usr/bin")
    assert not {"gcc", "gs", "pip", "pip3", "curl", "wget"} & set(listing.split())


def test_lambda_can_read_every_file(image: Runtime) -> None:
    """On Lambda, files of mode 0600 cause an error that does not name the file."""
    found = _inside(image, "find", "/var/task", "!", "-readable")
    assert found == ""


def test_every_module_is_compiled(image: Runtime) -> None:
    """Lambda's root is read-only: other modules would be compiled at every start."""
    missing = [
        source
        for source in image.root.glob("var/task/**/*.py")
        if not list(source.parent.glob(f"__pycache__/{source.stem}.*.pyc"))
    ]
    assert missing == []
    modules = "resize_on_upload.handler, botocore.session, awslambdaric.__main__"
    started = subprocess.run(
        [*image.command[:-2], "-v", "-c", f"import {modules}"],
        check=True,
        env=image.environment,
        capture_output=True,
        text=True,
    )
    assert "# code object from '/var/task/resize_on_upload/" in started.stderr
    assert "bytecode is stale" not in started.stderr
    assert ".py'\n" not in started.stderr


def test_every_call_of_aws_works_in_the_image(image: Runtime) -> None:
    """The image has a part of botocore's data: the same as with all of it."""
    inside = _inside(image, *image.command[-3:-2], "-c", CALLS)
    outside = subprocess.run(
        [sys.executable, "-c", CALLS],
        check=True,
        env={},
        capture_output=True,
        text=True,
    )
    assert json.loads(inside) == json.loads(outside.stdout)


def test_the_image_has_botocores_data_of_the_called_services_only(
    image: Runtime,
) -> None:
    data = image.root / "var/task/botocore/data"
    assert {entry.name for entry in data.iterdir() if entry.is_dir()} == METHODS.keys()
    size = sum(file.stat().st_size for file in data.rglob("*") if file.is_file())
    assert size < 1_000_000
