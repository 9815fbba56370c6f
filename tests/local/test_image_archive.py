"""`make image`: the container image as a file, for a registry."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import tarfile
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from local.container_image import FOLDER
from local.emulator.runtime import in_image
from resize_on_upload import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.runtime import Runtime

ROOT = Path(__file__).parents[2]


def _blob(archive: tarfile.TarFile, digest: str) -> dict[str, Any]:
    file = archive.extractfile(f"blobs/{digest.replace(':', '/')}")
    assert file
    return dict(json.load(file))


@pytest.fixture(scope="module")
def archive(image: Runtime, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert image.root.is_dir()
    folder = tmp_path_factory.mktemp("dist")
    done = subprocess.run(
        [ROOT / "local" / "export-image", FOLDER, folder],
        check=True,
        capture_output=True,
        text=True,
    )
    machine = platform.machine().replace("aarch64", "arm64")
    file = folder / f"resize-on-upload-{__version__}-{machine}.oci.tar"
    assert done.stdout == f"{file}\n"
    return file


@pytest.fixture(scope="module")
def loaded(
    archive: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Runtime]:
    """The archive, loaded into an empty store."""
    state = tmp_path_factory.mktemp("loaded")
    folders = ("--root", state / "storage", "--runroot", state / "run")

    def buildah(*arguments: str) -> str:
        return subprocess.run(
            ["buildah", "--storage-driver", "vfs", *folders, *arguments],
            check=True,
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            capture_output=True,
            text=True,
        ).stdout.strip()

    pulled = buildah("pull", "--quiet", f"oci-archive:{archive}")
    description = state / "image.json"
    description.write_text(buildah("inspect", "--type", "image", pulled))
    container = buildah("from", pulled)
    yield in_image(Path(buildah("mount", container)), description)
    buildah("rm", container)
    buildah("rmi", "--force", pulled)


def _files(root: Path) -> dict[str, str]:
    """Path → what makes two files the same."""
    found = {}
    for file in root.rglob("*"):
        status = file.lstat()
        same = f"{status.st_mode:o} {status.st_uid}:{status.st_gid}"
        if file.is_symlink():
            same += f" {file.readlink()}"
        elif file.is_file():
            same += f" {sha256(file.read_bytes()).hexdigest()}"
        found[str(file.relative_to(root))] = same
    return found


@pytest.mark.image
def test_the_archive_runs_when_it_is_loaded(image: Runtime, loaded: Runtime) -> None:
    """As Lambda's user: the self test, and the import of the handler."""
    assert loaded.command[-3:] == image.command[-3:]
    assert loaded.environment == image.environment
    for code in (
        ("-m", "resize_on_upload.imaging.selftest"),
        ("-c", "from resize_on_upload.handler import handler; print(handler)"),
    ):
        output = subprocess.run(
            [*loaded.command[:-2], *code],
            check=True,
            env=loaded.environment,
            capture_output=True,
            text=True,
        ).stdout
        assert "ImageMagick 7" in output or "function handler" in output


@pytest.mark.image
@pytest.mark.parametrize("folder", ["var/task", "usr", "etc"])
def test_the_archive_has_the_files_of_the_image(
    image: Runtime, loaded: Runtime, folder: str
) -> None:
    found = _files(loaded.root / folder)
    assert len(found) > 100
    assert found == _files(image.root / folder)


@pytest.mark.image
@pytest.mark.parametrize("file", ["hostname", "hosts", "resolv.conf"])
def test_nothing_names_the_machine_that_built_it(loaded: Runtime, file: str) -> None:
    """On Lambda they are others; in an image for others they are empty, or absent."""
    found = loaded.root / "etc" / file
    assert not found.exists() or found.read_text() == ""


@pytest.mark.image
def test_the_archive_has_its_versions_as_labels(image: Runtime, archive: Path) -> None:
    with tarfile.open(archive) as opened:
        index = opened.extractfile("index.json")
        assert index
        (manifest,) = json.load(index)["manifests"]
        digest = _blob(opened, manifest["digest"])["config"]["digest"]
        config = _blob(opened, digest)["config"]
    assert config["Cmd"] == ["resize_on_upload.handler.handler"]
    assert config["Entrypoint"] == list(image.command[-3:])
    name = "org.opencontainers.image"
    labels = config["Labels"]
    assert labels[f"{name}.title"] == "resize-on-upload"
    assert labels[f"{name}.version"] == __version__
    assert labels["resize-on-upload.debian"].startswith("13")
    assert labels["resize-on-upload.imagemagick"].startswith("8:7.")
    assert labels["resize-on-upload.python"].startswith("3.13")
    if f"{name}.revision" in labels:  # only of a checkout without changes
        assert re.fullmatch("[0-9a-f]{40}", labels[f"{name}.revision"])
