"""The demo's real photographs: downloaded if possible, never in place of others."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

import pytest

from local.demo import photographs

if TYPE_CHECKING:
    from pathlib import Path

WHEEL = "scikit_image-0.26.0-cp311-cp311-manylinux_2_28_x86_64.whl"
METADATA = "Metadata-Version: 2.1\nName: scikit-image\nVersion: 0.26.0\n"
TAGS = (
    "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: cp311-cp311-manylinux_2_28_x86_64"
)


@pytest.fixture(autouse=True)
def _other_tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without what this machine has downloaded, and without its network."""
    monkeypatch.setattr(photographs, "TOOLS", tmp_path)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))


def test_without_network_one_line_says_that_they_are_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert photographs.photographs() == {}
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "cannot be downloaded" in err


def test_a_package_with_another_hash_is_refused(tmp_path: Path) -> None:
    """Even if it is complete and has the right name."""
    with zipfile.ZipFile(tmp_path / WHEEL, "w") as wheel:
        info = "scikit_image-0.26.0.dist-info"
        wheel.writestr(f"{info}/METADATA", METADATA)
        wheel.writestr(f"{info}/WHEEL", TAGS)
        wheel.writestr(f"{info}/RECORD", "")
        for photograph in photographs.PHOTOGRAPHS:
            wheel.writestr(f"skimage/data/{photograph.file}", b"other")
    assert photographs.photographs() == {}
    assert not (tmp_path / "photographs").exists()


def test_only_these_photographs_are_credited(tmp_path: Path) -> None:
    """A user's own coffee.jpg is the user's."""
    file = tmp_path / "photographs" / "coffee.jpg"
    credit, source = photographs.credits_of({"coffee.jpg": file})
    assert credit == "coffee.jpg: a cup of coffee; by Rachel Michetti, CC0"
    assert "scikit-image" in source
    assert photographs.credits_of({"coffee.jpg": tmp_path / "coffee.jpg"}) == []
