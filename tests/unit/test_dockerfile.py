"""The container image has every package of the function."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

FUNCTION = Path(__file__).parents[2] / "lambda" / "resize_on_upload"
DOCKERFILE = (FUNCTION / "Dockerfile").read_text()
PACKAGES = sorted(
    str(file.parent.relative_to(FUNCTION))
    for file in FUNCTION.glob("*/**/__init__.py")
    if file.parent.name != "build"
)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_copied(package: str) -> None:
    assert f"COPY --chmod=0644 {package}/*.py " in DOCKERFILE
    assert f" /var/task/resize_on_upload/{package}/\n" in DOCKERFILE


def test_every_source_in_c_is_compiled() -> None:
    """And sent to the build: .dockerignore lists what is."""
    ignored = (FUNCTION / ".dockerignore").read_text()
    sources = [file.relative_to(FUNCTION) for file in FUNCTION.rglob("*.c")]
    compiled = " ".join(re.findall(r"\$compile -o \S+((?: /\S+)+)", DOCKERFILE)).split()
    assert len(sources) > 2
    for source in sources:
        assert f"!{source}\n" in ignored
        assert f" {source} " in DOCKERFILE
        assert f"/{source.name}" in compiled
