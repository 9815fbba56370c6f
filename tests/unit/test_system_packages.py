"""What is missing is named once, by the package names of this system."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from resize_on_upload_cli.engine import system_packages

ROOT = Path(__file__).parents[2]
_TOOLS = ("awk", "bash", "cat", "dirname", "env", "ls")
_OLD_PYTHON = "#!/bin/sh\ncase $2 in *platform*) echo 3.9.6 ;; *) exit 1 ;; esac\n"


class System(NamedTuple):
    """A system: its /etc/os-release, and the commands that install packages."""

    release: str
    ask: str
    python: str
    magick: str
    root: str


APK = "imagemagick imagemagick-jpeg imagemagick-webp imagemagick-tiff imagemagick-heic"
RECOMMENDS = "--no-install-recommends"
SYSTEMS = {
    "debian": System(
        "ID=debian",
        f"sudo apt-get install {RECOMMENDS}",
        "python3 python3-venv",
        "imagemagick",
        f"apt-get install -y -qq {RECOMMENDS}",
    ),
    "mint": System(
        "ID=linuxmint\nID_LIKE='ubuntu debian'",
        f"sudo apt-get install {RECOMMENDS}",
        "python3 python3-venv",
        "imagemagick",
        f"apt-get install -y -qq {RECOMMENDS}",
    ),
    "fedora": System(
        "ID=fedora",
        "sudo dnf install",
        "python3.12",
        "ImageMagick",
        "dnf install -y -q",
    ),
    "rocky": System(
        'ID="rocky"\nID_LIKE="rhel centos fedora"',
        "sudo dnf install",
        "python3.12",
        "ImageMagick",
        "dnf install -y -q",
    ),
    "arch": System(
        "ID=arch",
        "sudo pacman -S --needed",
        "python",
        "imagemagick libheif libwebp",
        "pacman -Sy --needed --noconfirm",
    ),
    "alpine": System("ID=alpine", "doas apk add", "python3", APK, "apk add -q"),
    "leap": System(
        'ID="opensuse-leap"\nID_LIKE="suse opensuse"',
        "sudo zypper install",
        "python313",
        "ImageMagick",
        "zypper -n -q install",
    ),
}


class Machine:
    """A machine with only a few programs, of which some are scripts."""

    def __init__(self, folder: Path, release: str) -> None:
        self.folder = folder
        self.folder.mkdir()
        (folder / "os-release").write_text(release)
        for name in _TOOLS:
            (folder / name).symlink_to(shutil.which(name) or "")
        self.script("uname", "echo Linux")
        self.script("id", "echo 1000")
        self.script("apt-cache", "exit 1")

    def script(self, name: str, text: str) -> None:
        """Add a program."""
        text = text if text.startswith("#!") else f"#!/bin/sh\n{text}\n"
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).write_text(text)
        (self.folder / name).chmod(0o755)

    def run(self, *arguments: str, **variables: str) -> tuple[int, str]:
        """Run local/packages; return its exit code and what it printed."""
        release = {"OS_RELEASE": str(self.folder / "os-release")}
        done = subprocess.run(
            [ROOT / "local" / "packages", *arguments],
            check=False,
            env={"PATH": str(self.folder), **release, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return done.returncode, done.stdout


@pytest.mark.parametrize("name", SYSTEMS)
def test_what_is_missing_is_named_in_one_command(name: str, tmp_path: Path) -> None:
    system = SYSTEMS[name]
    machine = Machine(tmp_path / "bin", system.release)
    code, text = machine.run("demo")
    assert code == 1
    command = f"{system.ask} {system.python} {system.magick} openssl"
    assert f"\n  {command}\n" in text
    assert "Python 3.11 or newer is needed; python3 here is missing." in text
    assert "make demo ENGINE=docker (or podman)" in text
    assert ("EPEL" in text) == (name == "rocky")


@pytest.mark.parametrize("name", SYSTEMS)
def test_root_gets_it_installed(name: str, tmp_path: Path) -> None:
    """As in a container; anyone else is shown the command, and sudo is never run."""
    system = SYSTEMS[name]
    machine = Machine(tmp_path / "bin", system.release)
    machine.script("id", "echo 0")
    log = tmp_path / "log"
    manager = system.root.split()[0]
    machine.script(manager, f'echo "{manager} $*" >>{log}')
    assert machine.run("demo")[0] == 0
    last = log.read_text().splitlines()[-1]
    assert last.startswith(f"{system.root} {system.python} {system.magick}")


@pytest.mark.parametrize("name", SYSTEMS)
def test_nobody_else_gets_anything_installed(name: str, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "bin", SYSTEMS[name].release)
    log = tmp_path / "log"
    for manager in ("sudo", "doas", SYSTEMS[name].root.split()[0]):
        machine.script(manager, f"echo run >>{log}")
    assert machine.run("unit")[0] == 1
    assert not log.exists()


def test_macos_has_no_package_of_root(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "bin", "")
    machine.script("uname", "echo Darwin")
    machine.script("id", "echo 0")
    machine.script("python3", _OLD_PYTHON)
    code, text = machine.run("unit")
    assert code == 1
    assert "Python 3.11 or newer is needed; python3 here is 3.9.6." in text
    assert "\n  brew install python imagemagick\n" in text


def test_an_unknown_system_gets_the_names_of_the_projects(tmp_path: Path) -> None:
    code, text = Machine(tmp_path / "bin", "ID=void").run("unit")
    assert code == 1
    assert "This is missing: python3 ImageMagick gcc. Install it" in text


def test_debian_with_an_old_python_gets_a_newer_one_beside_it(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "bin", "ID=ubuntu\nID_LIKE=debian")
    machine.script("python3", _OLD_PYTHON)
    assert f"{RECOMMENDS} python3.11 python3.11-venv" in machine.run("demo")[1]


def test_a_newer_python_is_found_beside_an_old_one(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "bin", "ID=fedora")
    machine.script("python3", _OLD_PYTHON)
    (machine.folder / "python3.12").symlink_to(sys.executable)
    assert machine.run("python") == (0, "python3.12\n")


def test_a_given_python_is_not_replaced(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "bin", "ID=debian")
    machine.script("old", _OLD_PYTHON)
    (machine.folder / "python3").symlink_to(sys.executable)
    for command in ("demo", "python"):
        code, text = machine.run(command, PYTHON="old")
        assert code == 1
        assert text == "\nPython 3.11 or newer is needed; old here is 3.9.6.\n"


def test_nothing_is_said_if_nothing_is_missing(tmp_path: Path) -> None:
    machine = Machine(tmp_path / "bin", "ID=fedora")
    (machine.folder / "python3").symlink_to(sys.executable)
    for name in ("cc", "gcc", "ldconfig", "ld", "identify", "openssl"):
        if found := shutil.which(name, path=f"{os.environ['PATH']}:/sbin"):
            (machine.folder / name).symlink_to(found)
    for kind in ("demo", "unit"):
        assert machine.run(kind) == (0, "")


def test_all_tests_need_debian(tmp_path: Path) -> None:
    code, text = Machine(tmp_path / "bin", "ID=fedora").run("test")
    assert code == 1
    assert "make unit runs here too" in text


@pytest.mark.parametrize("name", SYSTEMS)
def test_commands_name_the_same_packages(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = SYSTEMS[name]
    lines = (line.partition("=") for line in system.release.splitlines())
    release = {name: value.strip("\"'") for name, _, value in lines}
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "freedesktop_os_release", lambda: release)
    expected = f"`{system.ask} {system.magick}`"
    assert system_packages.command("magick") == expected


def test_commands_know_macos_and_unknown_systems(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert system_packages.command("magick") == "`brew install imagemagick`"
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "freedesktop_os_release", _no_such_file)
    unknown = "the package of this system for ImageMagick"
    assert system_packages.command("magick") == unknown


def _no_such_file() -> dict[str, str]:
    raise OSError
