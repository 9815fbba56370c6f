"""`make image`: the container image as a file, for a registry."""

from __future__ import annotations

import json
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.container_image import FOLDER
from resize_on_upload import __version__

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime

ROOT = Path(__file__).parents[2]


def _blob(archive: tarfile.TarFile, digest: str) -> dict[str, Any]:
    file = archive.extractfile(f"blobs/{digest.replace(':', '/')}")
    assert file
    return dict(json.load(file))


@pytest.mark.image
def test_the_archive_is_the_image_with_its_versions(
    image: Runtime, tmp_path: Path
) -> None:
    file = tmp_path / "dist" / "image.oci.tar"
    done = subprocess.run(
        [ROOT / "local" / "export-image", FOLDER, file],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == f"{file}\n"
    with tarfile.open(file) as archive:
        index = archive.extractfile("index.json")
        assert index
        (manifest,) = json.load(index)["manifests"]
        digest = _blob(archive, manifest["digest"])["config"]["digest"]
        config = _blob(archive, digest)["config"]
    assert config["Cmd"] == ["resize_on_upload.handler.handler"]
    assert config["Entrypoint"] == list(image.command[-3:])
    name = "org.opencontainers.image"
    labels = config["Labels"]
    assert labels[f"{name}.title"] == "resize-on-upload"
    assert labels[f"{name}.version"] == __version__
    assert labels["resize-on-upload.debian"].startswith("13")
    assert labels["resize-on-upload.imagemagick"].startswith("8:7.")
    assert labels["resize-on-upload.python"].startswith("3.13")
