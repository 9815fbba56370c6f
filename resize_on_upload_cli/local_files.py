"""Find the files on the command line: by name, by their folder, or by a pattern."""

from __future__ import annotations

import errno
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload_cli.errors import UsageError
from resize_on_upload_cli.terminal import plural, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENDINGS = (
    *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"),
    *(".heic", ".heif", ".jxl", ".tif", ".tiff", ".bmp"),
    *(".dng", ".cr2", ".nef", ".arw"),
)
"""Endings of images, which select files in folders and by patterns."""

MAX_KEY_BYTES = 1_024
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


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


@dataclass(frozen=True, slots=True)
class Problems:
    """The files in folders that cannot be used, each with the reason."""

    found: dict[Path, str] = field(default_factory=dict)

    def add(self, file: Path, reason: str) -> None:
        """Report a file on standard error."""
        self.found[file] = reason
        say(f"{file}: {reason}; skipped")


def find(
    paths: Iterable[Path],
    *,
    skip: Path | None = None,
    problems: Problems | None = None,
) -> list[LocalFile]:
    """Return the files; a folder stands for the images in it, at any depth.

    Args:
        paths: Files, folders, and patterns such as `photos/**/*.jpg`.
        skip: A folder to leave out, because the output is written to it.
        problems: Gets each file in a folder that cannot be read.

    Raises:
        UsageError: a folder has no image, or nothing matches a pattern.
        OSError: a file that was named does not exist, is not regular, or cannot be
            read.
    """
    problems = problems or Problems()
    found = [file for path in paths for file in _of(path, skip)]
    return [file for file in found if _is_readable(file, problems)]


def _is_readable(file: LocalFile, problems: Problems) -> bool:
    try:
        refuse_special(file.path)
        with file.path.open("rb"):
            return True
    except OSError as error:
        if file.named:
            raise
        problems.add(file.path, error.strerror or str(error))
        return False


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


def by_key(
    paths: Iterable[Path], prefix: str = "", problems: Problems | None = None
) -> dict[str, Path]:
    """Return key → file, as an upload of these files would name them.

    Args:
        paths: As in `find`.
        prefix: What each key begins with.
        problems: Gets each file in a folder that cannot be read, or whose name cannot
            be a key.

    Raises:
        UsageError: a file that was named cannot be a key, or two files would have the
            same key.
        OSError: as in `find`.
    """
    problems = problems or Problems()
    found: dict[str, Path] = {}
    for file in find(paths, problems=problems):
        key = prefix + file.name
        if reason := _no_key(key):
            if file.named:
                msg = f"{file.path}: {reason}"
                raise UsageError(msg)
            problems.add(file.path, reason)
            continue
        other = found.setdefault(key, file.path)
        if not other.samefile(file.path):
            msg = (
                f"{other} and {file.path} would both be uploaded as {key}: rename one, "
                "upload them one by one with different --prefix, or give the folder "
                "that holds both"
            )
            raise UsageError(msg)
    return found


def _of(path: Path, skip: Path | None) -> Iterator[LocalFile]:
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


def _no_key(key: str) -> str:
    """Return why S3 would not accept a key; empty if it would."""
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        return "its name is not UTF-8, which S3 requires of keys: rename it"
    if length <= MAX_KEY_BYTES:
        return ""
    return (
        f"its key has {length} bytes, and S3 allows {MAX_KEY_BYTES}: rename it, or "
        "shorten --prefix"
    )
