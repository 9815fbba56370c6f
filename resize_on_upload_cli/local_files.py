"""Find the files that are named on the command line, alone or by their folder."""

from __future__ import annotations

import errno
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload_cli.errors import UsageError
from resize_on_upload_cli.terminal import plural, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

ENDINGS = (
    *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"),
    *(".heic", ".heif", ".jxl", ".tif", ".tiff", ".bmp"),
    *(".dng", ".cr2", ".nef", ".arw"),
)
"""Endings of images; only files found in folders are selected by their name."""

MAX_KEY_BYTES = 1_024
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file to read.

    Attributes:
        name: The file's name; if its folder was given, the path below that folder.
    """

    path: Path
    name: str


def find(paths: Iterable[Path], *, skip: Path | None = None) -> list[LocalFile]:
    """Return the files; a folder stands for the images in it, at any depth.

    Args:
        paths: Files and folders.
        skip: A folder to leave out, because the output is written to it.

    Raises:
        UsageError: a folder has no image.
        OSError: a file does not exist, is not regular, or cannot be read.
    """
    files = [file for path in paths for file in _below(path, skip)]
    for file in files:
        refuse_special(file.path)
        with file.path.open("rb"):
            pass
    return files


def refuse_special(path: Path) -> None:
    """Refuse pipes, which block, and devices, which may have no end.

    Raises:
        OSError: the path is one of these, or does not exist.
    """
    mode = path.stat().st_mode
    if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        msg = (
            "is not a regular file but a pipe or a device; save its content in a file "
            "and name that"
        )
        raise OSError(errno.EINVAL, msg, str(path))


def by_key(paths: Iterable[Path], prefix: str = "") -> dict[str, Path]:
    """Return key → file, as an upload of these files would name them.

    Raises:
        UsageError: a name cannot be a key, or two files would have the same key.
        OSError: a file does not exist, or cannot be read.
    """
    found: dict[str, Path] = {}
    for file in find(paths):
        key = prefix + file.name
        _check_key(key, file.path)
        other = found.setdefault(key, file.path)
        if not other.samefile(file.path):
            msg = (
                f"{other} and {file.path} would both be uploaded as {key}: rename one, "
                "upload them one by one with different --prefix, or give the folder "
                "that holds both"
            )
            raise UsageError(msg)
    return found


def _below(path: Path, skip: Path | None) -> Iterator[LocalFile]:
    if not path.is_dir():
        yield LocalFile(path, path.name)
        return
    files = [file for file in _visible(path) if not (skip and _is_in(file, skip))]
    images = [file for file in files if file.suffix.lower() in ENDINGS]
    if not images:
        msg = f"{path}: there is no image in this folder ({', '.join(ENDINGS)})"
        raise UsageError(msg)
    if left := len(files) - len(images):
        say(f"{path}: {plural(left, 'file')} skipped, not named like an image")
    for file in images:
        yield LocalFile(file, file.relative_to(path).as_posix())


def _visible(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        below = file.relative_to(folder).parts
        if file.is_file() and not any(part.startswith(".") for part in below):
            yield file


def _is_in(file: Path, folder: Path) -> bool:
    return file.resolve().is_relative_to(folder.resolve())


def _check_key(key: str, file: Path) -> None:
    try:
        length = len(key.encode())
    except UnicodeEncodeError as error:
        msg = f"{file}: its name is not UTF-8, which S3 requires of keys: rename it"
        raise UsageError(msg) from error
    if length > MAX_KEY_BYTES:
        msg = (
            f"{file}: its key has {length} bytes, and S3 allows {MAX_KEY_BYTES}: "
            "rename it, or shorten --prefix"
        )
        raise UsageError(msg)
