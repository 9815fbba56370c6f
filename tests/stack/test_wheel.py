"""The wheel, in an environment and a folder in which nothing is of the repository."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload import __version__
from resize_on_upload_cli import commands
from tests.support.templates import resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

ROOT = Path(__file__).parents[2]
PACKAGES = {"resize_on_upload", "resize_on_upload_cdk", "resize_on_upload_cli"}


@dataclass(frozen=True)
class Installed:
    """The wheel, and an environment that has it.

    Attributes:
        wheel: The file.
        environment: The folder of the environment.
        folder: An empty folder.
    """

    wheel: Path
    environment: Path
    folder: Path

    def run(
        self, program: str, *arguments: object, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment in the folder."""
        clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        return subprocess.run(
            [self.environment / "bin" / program, *map(str, arguments)],
            check=False,
            cwd=self.folder,
            env=clean,
            input=stdin,
            capture_output=True,
            text=True,
        )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Installed without a network: other packages are those of this environment."""
    made, environment = (tmp_path_factory.mktemp(name) for name in ("wheel", "venv"))
    _pip("wheel", "--no-deps", "--no-build-isolation", "-w", str(made), str(ROOT))
    (wheel,) = made.iterdir()
    venv.create(environment)
    python = environment / "bin" / "python"
    _pip("--python", str(python), "install", "--no-deps", "--no-index", str(wheel))
    (packages,) = environment.glob("lib/python3*/site-packages")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    return Installed(wheel, environment, tmp_path_factory.mktemp("empty"))


def _pip(*arguments: str) -> None:
    quiet = ("-q", "--disable-pip-version-check")
    subprocess.run([sys.executable, "-m", "pip", *quiet, *arguments], check=True)


def _names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_it_has_these_packages_and_no_others(installed: Installed) -> None:
    """Names such as `stacks` or `tests` would hide those of other projects."""
    folders = {name.partition("/")[0] for name in _names(installed.wheel)}
    assert folders == PACKAGES | {f"resize_on_upload-{__version__}.dist-info"}


def test_it_has_the_style_and_the_script_of_galleries(installed: Installed) -> None:
    folder = Path("resize_on_upload_cli") / "engine" / "gallery"
    files = {str(folder / name) for name in ("gallery.css", "gallery.js")}
    assert files <= set(_names(installed.wheel))


def test_it_has_every_schema_and_the_marks_of_types(installed: Installed) -> None:
    names = _names(installed.wheel)
    for file in (ROOT / "config").glob("*.schema.json"):
        assert f"resize_on_upload_cli/schemas/{file.name}" in names
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)
    assert not [name for name in names if name.endswith((".so", ".pyc"))]


def test_aws_s_cdk_is_optional(installed: Installed) -> None:
    with zipfile.ZipFile(installed.wheel) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("/METADATA"))
        metadata = archive.read(name).decode()
    needed = re.findall(r"^Requires-Dist: (.*)$", metadata, re.MULTILINE)
    of_cdk = [one for one in needed if "extra == 'cdk'" in one]
    assert [re.split(r"[<>]", one)[0] for one in of_cdk] == [
        "aws-cdk-lib",
        "constructs",
    ]
    assert set(needed) - set(of_cdk) == {"boto3", "cryptography", "wand"}


def test_the_command_line_runs_anywhere(installed: Installed) -> None:
    assert installed.run("resize-on-upload", "--version").stdout == f"{__version__}\n"
    (installed.folder / "my.json").write_text('{"sizes": ["640x"]}')
    found = installed.run("resize-on-upload", "check", "--sizes", "my.json")
    assert (found.returncode, found.stderr) == (0, "")
    assert "640x" in found.stdout
    missing = installed.run("resize-on-upload", "check")
    assert missing.returncode == 2
    assert "--sizes FILE" in missing.stderr


@pytest.mark.parametrize("command", commands.SUMMARIES)
def test_every_command_explains_itself(installed: Installed, command: str) -> None:
    found = installed.run("resize-on-upload", command, "--help")
    assert (found.returncode, found.stderr) == (0, "")
    assert found.stdout.startswith(f"usage: resize-on-upload {command}")


def test_another_app_deploys_the_same_image(installed: Installed, synth: Synth) -> None:
    """What Docker builds is the same, file by file, as from the repository."""
    app = installed.folder / "other_app.py"
    app.write_bytes((ROOT / "tests" / "support" / "other_app.py").read_bytes())
    done = installed.run("python", app, "out", stdin="[]")
    assert done.stdout == "[]", done.stderr
    template = json.loads((installed.folder / "out/Website.template.json").read_text())
    assert _images(template) == _images(synth()) | _images(synth(delivery="true"))
    assert len(_images(template)) == 1


def _images(template: Document) -> set[str]:
    """The hashes of the container images."""
    found = (
        one["Code"]["ImageUri"]
        for one in resources(template, "AWS::Lambda::Function")
        if "ImageUri" in one["Code"]
    )
    return {text(uri["Fn::Sub"]).rpartition(":")[2] for uri in found}
