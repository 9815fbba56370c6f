"""The way of the data is the layout: who may import what."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "lambda" / "resize_on_upload"

PURE = {
    "errors",
    "options",
    "geometry",
    "size",
    "sizes",
    "events",
    "settings",
    "recipe",
    "manifest",
    "paths",
    "carried",
    "identity",
    "report",
    "invocations",
    "imaging.formats",
}
HEADERS = ("header", "exif", "jpeg", "png", "gif", "webp", "tiff", "bmp", "heif")
FORBIDDEN = {
    **{key: {"wand", "boto3", "botocore", "os"} for key in PURE},
    **{
        f"imaging.{module}": {"wand", "boto3", "botocore", "os", "magick"}
        for module in ("probe", *(f"headers.{name}" for name in HEADERS))
    },
    "imaging.variants": {"wand", "boto3", "botocore", "os", "magick"},
    "imaging.plan": {"wand", "boto3", "botocore", "os", "magick"},
    "imaging.resample": {"wand", "boto3", "botocore", "os", "magick"},
    "imaging.srgb": {"wand", "boto3", "botocore", "os"},
    "store": {"wand", "imaging", "os", "events"},
    "answers": {"wand", "imaging", "os", "events"},
    "reconcile": {"wand", "magick", "boto3", "botocore", "os", "events"},
    "picture": {"wand", "magick", "boto3", "botocore", "os", "events"},
    "rounds": {"wand", "magick", "boto3", "botocore", "os", "events"},
    "rejections": {"wand", "imaging", "os", "boto3"},
    "announcements": {"wand", "imaging", "os", "boto3"},
    "privacy": {"wand", "boto3", "botocore", "os"},
    "memory": {"wand", "boto3", "botocore", "os"},
    "telemetry": {"wand", "boto3", "botocore", "os"},
    "handler": {"wand", "magick", "derive", "decode", "boto3", "botocore", "store"},
    "warm": {"wand", "magick", "derive", "decode", "boto3", "events"},
    **{
        f"imaging.{module}": {"wand", "boto3", "botocore", "os", "events", "store"}
        for module in (
            "decode",
            "film",
            "frames",
            "resize",
            "steps",
            "encode",
            "derive",
            "verify",
            "wire",
        )
    },
    **{
        f"imaging.{module}": {"wand", "boto3", "botocore", "events", "magick", "derive"}
        for module in ("sandbox", "process", "reply")
    },
    **{
        f"imaging.{module}": {"wand", "boto3", "botocore", "events", "magick", "store"}
        for module in ("hardening", "landlock", "seccomp")
    },
    "imaging.worker": {"wand", "boto3", "botocore", "events", "store"},
    "imaging.magick": {"boto3", "botocore", "events", "store"},
    "imaging.complaints": {"boto3", "botocore", "events", "store", "os"},
    "imaging.checkerboard": {"wand", "boto3", "botocore", "os", "magick"},
    "imaging.proof": {"boto3", "botocore", "events", "store", "os"},
}


def _modules() -> dict[str, Path]:
    return {
        ".".join(file.relative_to(PACKAGE).with_suffix("").parts): file
        for file in PACKAGE.rglob("*.py")
        if file.stem != "__init__"
    }


def _imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names = (node.module or "").split(".")
            found |= {names[0]} | {alias.name for alias in node.names if not names[0]}
    return found


@pytest.mark.parametrize("module", sorted(_modules()))
def test_each_module_knows_only_its_side(module: str) -> None:
    """A new module must be given its place in the table."""
    assert not _imports(_modules()[module]) & FORBIDDEN[module]
