"""Read sizes.json, in the same way for `cdk synth` and every command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes import parser
from resize_on_upload.sizes.mistakes import SizesError
from resize_on_upload.sizes.watermarks import png
from resize_on_upload_cli.errors import CommandError, ExitCode, UsageError
from resize_on_upload_cli.jsonc import encoding
from resize_on_upload_cli.local_files import refuse_special
from resize_on_upload_cli.sizes_check.text import check

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.sizes.size import Size

ENVIRONMENT_LIMIT = 4_096
"""Bytes of all names and values of a function's environment:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"""

# The most that the other variables take: names, two buckets, an account, a URL.
_OTHER_VARIABLES = 433
LIMIT = ENVIRONMENT_LIMIT - _OTHER_VARIABLES
"""Bytes left for sizes.json, if other settings have their defaults."""


class SizesFileError(CommandError):
    """The file has mistakes.

    Attributes:
        mistakes: All of them, each with the file's name; some have several lines.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of all mistakes."""
        return tuple(line for one in self.mistakes for line in one.split("\n"))


@dataclass(frozen=True, slots=True)
class SizesFile:
    """A file without mistakes.

    Attributes:
        sizes: What it says.
        compact: The shortest text that says the same, as plain JSON.
        warnings: What was probably not meant, each with the file's name and its lines.
    """

    sizes: tuple[Size, ...]
    compact: str
    warnings: tuple[str, ...] = ()

    @property
    def watermarks(self) -> dict[str, bytes]:
        """The files of its watermarks, by their digests."""
        found = (size.watermark for size in self.sizes)
        return {one.digest: one.data for one in found if one}


def load(file: Path) -> tuple[Size, ...]:
    """Return the sizes of a file that can be deployed: see `load_file`."""
    return load_file(file).sizes


def load_file(file: Path) -> SizesFile:
    """Return a file that can be deployed, as far as that depends on the file.

    Raises:
        UsageError: there is no such file.
        SizesFileError: it has mistakes.
        OSError: it cannot be read.
    """
    try:
        found = read(file, str(file))
    except FileNotFoundError as error:
        msg = (
            f"{file}: {error.strerror}. Run this in the repository's root, or name the "
            "file with --sizes FILE"
        )
        raise UsageError(msg) from error
    if mistake := too_long(found.compact, LIMIT):
        raise SizesFileError([f"{file}: {mistake}"])
    return found


def read(
    file: Path, name: str, read_file: Callable[[str], bytes] | None = None
) -> SizesFile:
    """Return what is in a file.

    Args:
        file: The file.
        name: Its name in the messages.
        read_file: Reads watermarks' files, if not from the working directory.

    Raises:
        SizesFileError: it has mistakes.
        OSError: it cannot be read.
    """
    text = _text(file, name)
    found = check(text, name, read_file or read_watermark)
    if found.mistakes:
        raise SizesFileError(found.mistakes)
    compact = parser.compact(found.content)
    return SizesFile(found.sizes, compact, tuple(found.warnings))


def of_content(
    content: dict[str, Any], name: str, read_file: Callable[[str], bytes]
) -> SizesFile:
    """As `read`, of what a program has instead of a file.

    Raises:
        SizesFileError: it has mistakes.
    """
    try:
        copy = json.loads(json.dumps(content))
        sizes = parser.parse_document(copy, read_file)
    except (TypeError, ValueError, RecursionError) as error:
        raise SizesFileError([f"{name}: is not JSON: {error}"]) from error
    except SizesError as error:
        raise SizesFileError([f"{name}: {one}" for one in error.mistakes]) from error
    return SizesFile(sizes, parser.compact(copy))


def read_watermark(name: str) -> bytes:
    """Return a watermark's file, or its beginning if it is too long for one.

    Raises:
        OSError: it cannot be read.
    """
    file = Path(name)
    refuse_special(file)
    with file.open("rb") as stream:
        return stream.read(png.MAX_BYTES + 1)


def _text(file: Path, name: str) -> str:
    refuse_special(file)
    with file.open("rb") as stream:
        data = stream.read(encoding.MAX_BYTES + 1)
    try:
        return encoding.decode(data)
    except encoding.EncodingError as error:
        raise SizesFileError([f"{name}: {error}"]) from error


def too_long(text: str, limit: int) -> str | None:
    """Return the mistake if a compact text has more bytes than Lambda allows."""
    length = len(text.encode())
    if length <= limit:
        return None
    return (
        f"takes {length} bytes in the function's environment, {length - limit} more "
        f"than the {limit} that Lambda leaves for it. Shorten names, or set shared "
        "options once at the top"
    )
