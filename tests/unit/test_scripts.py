"""The shell scripts have no mistakes, and macOS has what they use."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ON_LINUX = (
    ".ci/run",
    "local/build-image",
    "local/export-image",
    "local/container/start",
)
SCRIPTS = ("local/install", "local/packages", "local/container/run", *ON_LINUX)
ON_MACOS = ("Makefile", "local/install", "local/packages", "local/container/run")
"""Which has bash 3.2, BSD's tools, and GNU make 3.81."""

# What they lack → an example, which the expression must find.
NEWER = {
    r"\b(mapfile|readarray|coproc)\b": "mapfile -t lines",
    r"\b(declare|local|typeset) -[a-zA-Z]*[Ang]": "declare -A table",
    r"\$\{\w+(,,?|\^\^?)\}": "${name,,}",
    r"\$\{\w+@\w\}": "${name@Q}",
    r"&>>|\|&": "make |& tee log",
    r"\bwait -n": "wait -n",
    r"\bsort\b.* -\w*V": "sort -V",
    r"\bxargs\b.* -\w*r": "xargs -r rm",
    r"\breadlink\b.* -\w*f|\brealpath\b": "readlink -f .",
    r"\bsed\b.* -\w*i": "sed -i s/a/b/ file",
    r"\bsed\b.*\\t": r"sed 's/a/\t/'",
    r"\bgrep\b.* -\w*P": "grep -oP a",
    r"\bstat\b.* (-c|--format)": "stat -c %u .",
    r"\bcp\b.* -\w*[a-zA-Z]*t|--reference": "chown --reference=a b",
    r"\bdate\b.* (-d|\+\S*%N)": "date +%N",
    r"\.ONESHELL|\$\(file |^\w+ *!=|^\.SHELLFLAGS": "NAME != ls",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_have_no_mistakes(name: str) -> None:
    shellcheck = Path(sys.executable).with_name("shellcheck")
    done = subprocess.run(
        [shellcheck, "--shell=bash", name],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


def test_every_script_is_checked() -> None:
    files = (
        file
        for folder in ("local", ".ci", "scripts")
        for file in (ROOT / folder).rglob("*")
        if file.is_file() and _first_line(file).endswith("bash")
    )
    assert {str(file.relative_to(ROOT)) for file in files} == set(SCRIPTS)


@pytest.mark.parametrize("name", ON_MACOS)
def test_macos_has_all_that_is_used(name: str) -> None:
    text = (ROOT / name).read_text()
    used = [re.findall(f".*(?:{rule}).*", text, re.MULTILINE) for rule in NEWER]
    assert not [line for lines in used for line in lines]


@pytest.mark.parametrize(("rule", "example"), NEWER.items(), ids=NEWER.values())
def test_each_newer_feature_is_found(rule: str, example: str) -> None:
    assert re.search(rule, example, re.MULTILINE)


def _first_line(path: Path) -> str:
    with path.open("rb") as file:
        return file.readline().decode(errors="replace").rstrip()
