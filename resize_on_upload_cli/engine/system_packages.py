"""What installs something on this system; local/packages reads the same table."""

from __future__ import annotations

import csv
import platform
import sys
from importlib.resources import files

_MANAGERS = {
    "debian": "apt",
    "ubuntu": "apt",
    "fedora": "dnf",
    "rhel": "dnf",
    "centos": "dnf",
    "arch": "pacman",
    "alpine": "apk",
    "suse": "zypper",
    "opensuse": "zypper",
}
"""Word in /etc/os-release → column of packages.tsv."""


def command(need: str) -> str:
    """The command that installs a row of packages.tsv, or what to install."""
    lines = files(__package__).joinpath("packages.tsv").read_text("utf-8").splitlines()
    table = {row["need"]: row for row in csv.DictReader(lines, delimiter="\t")}
    manager = _manager()
    if manager == "other":
        return f"the package of this system for {table[need][manager]}"
    return f"`{table['ask'][manager]} {table[need][manager]}`"


def _manager() -> str:
    """The column of this system."""
    if sys.platform == "darwin":
        return "brew"
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return "other"
    words = (release["ID"], *release.get("ID_LIKE", "").split())
    return next((_MANAGERS[word] for word in words if word in _MANAGERS), "other")
