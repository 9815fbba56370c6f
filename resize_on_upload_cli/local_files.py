"""Find the files on the command line: by name, by their folder, or by a pattern."""

from __future__ import annotations

import errno
import stat
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from resize_on_upload_cli import local_folders
from resize_on_upload_cli.errors import UsageError
from resize_on_upload_cli.terminal import say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from resize_on_upload_cli.local_folders import LocalFile

MAX_KEY_BYTES = 1_024
"""https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html"""


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
    found = [file for path in paths for file in local_folders.files_of(path, skip)]
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
