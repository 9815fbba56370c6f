"""Walk through the folders and patterns on the command line."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload_cli.errors import UsageError
from resize_on_upload_cli.terminal import plural, say

if TYPE_CHECKING:
    from collections.abc import Iterator

ENDINGS = (
    *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"),
    *(".heic", ".heif", ".jxl", ".tif", ".tiff", ".bmp"),
    *(".dng", ".cr2", ".nef", ".arw"),
)
"""Endings of images, which select files in folders and by patterns."""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file to read.

    Attributes:
        name: The file's name; if its folder was given, the path below that folder; if
            a pattern, the path below its part without wildcards.
        named: Whether it was named itself.
    """

    path: Path
    name: str
    named: bool = True


def files_of(path: Path, skip: Path | None) -> Iterator[LocalFile]:
    """Yield a file, or the images in a folder or that a pattern matches.

    Raises:
        UsageError: a folder has no image, or nothing matches a pattern.
    """
    if path.is_dir():
        yield from _below(path, path, skip)
    elif _is_pattern(str(path)) and not path.exists():
        yield from _matching(path, skip)
    else:
        yield LocalFile(path, path.name)


def _matching(pattern: Path, skip: Path | None) -> Iterator[LocalFile]:
    """Yield the images that a pattern matches, and those in folders that it matches."""
    parts = pattern.parts
    fixed = next(number for number, part in enumerate(parts) if _is_pattern(part))
    base = Path(*parts[:fixed])
    found = sorted(
        path for path in base.glob("/".join(parts[fixed:])) if _is_shown(path, base)
    )
    if not found:
        msg = f"{pattern}: no file matches this pattern"
        raise UsageError(msg)
    files = [path for path in found if not path.is_dir()]
    for path in files:
        if path.suffix.lower() in ENDINGS and not (skip and _is_in(path, skip)):
            yield LocalFile(path, path.relative_to(base).as_posix(), named=False)
    if not files:
        for path in found:
            yield from _below(path, base, skip)


def _below(path: Path, base: Path, skip: Path | None) -> Iterator[LocalFile]:
    files = [file for file in _visible(path) if not (skip and _is_in(file, skip))]
    images = [file for file in files if file.suffix.lower() in ENDINGS]
    if not images:
        msg = f"{path}: there is no image in this folder ({', '.join(ENDINGS)})"
        raise UsageError(msg)
    if left := len(files) - len(images):
        say(f"{path}: {plural(left, 'file')} skipped, not named like an image")
    for file in images:
        yield LocalFile(file, file.relative_to(base).as_posix(), named=False)


def _is_pattern(text: str) -> bool:
    return any(character in text for character in "*?[")


def _visible(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and _is_shown(file, folder):
            yield file


def _is_shown(path: Path, folder: Path) -> bool:
    """Return whether neither the path nor a folder on the way to it is hidden."""
    return not any(part.startswith(".") for part in path.relative_to(folder).parts)


def _is_in(file: Path, folder: Path) -> bool:
    return file.resolve().is_relative_to(folder.resolve())
