"""Read sizes.json, in the same way for `cdk synth` and every command."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from resize_on_upload.sizes import parser as sizes
from resize_on_upload.sizes.mistakes import SizesError
from resize_on_upload.sizes.watermarks import png
from resize_on_upload_cli.errors import CommandError, ExitCode, UsageError
from resize_on_upload_cli.local_files import refuse_special

if TYPE_CHECKING:
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
        mistakes: All of them.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(mistakes))

    @property
    def lines(self) -> tuple[str, ...]:
        """The mistakes."""
        return tuple(self.mistakes)


def load(file: Path) -> tuple[Size, ...]:
    """Return the sizes of a file that can be deployed.

    Raises:
        UsageError: there is no such file.
        SizesFileError: it has mistakes; each begins with the file's name.
        OSError: it cannot be read.
    """
    text, mistakes = "", list[str | None]()
    try:
        text = _read(file)
        mistakes = [too_long(compact(file), LIMIT)]
    except FileNotFoundError as error:
        msg = (
            f"{file}: {error.strerror}. Run this in the repository's root, or name the "
            "file with --sizes FILE"
        )
        raise UsageError(msg) from error
    except SizesFileError as error:
        mistakes.extend(error.mistakes)
    if found := [f"{file}: {mistake}" for mistake in mistakes if mistake]:
        raise SizesFileError(found)
    return sizes.parse(text, read_watermark)


def compact(file: Path) -> str:
    """Return the shortest equivalent text; it is known to parse.

    Raises:
        SizesFileError: the file is not UTF-8, or has mistakes.
        OSError: it cannot be read.
    """
    text = _read(file)
    try:
        sizes.parse(text, read_watermark)
    except SizesError as error:
        raise SizesFileError([str(mistake) for mistake in error.mistakes]) from error
    return sizes.compact(text, read_watermark)


def watermarks(file: Path) -> dict[str, bytes]:
    """Return the files of a valid file's watermarks, by their digests."""
    found = (size.watermark for size in sizes.parse(_read(file), read_watermark))
    return {one.digest: one.data for one in found if one}


def read_watermark(name: str) -> bytes:
    """Return a watermark's file, or its beginning if it is too long for one.

    Raises:
        OSError: it cannot be read.
    """
    file = Path(name)
    refuse_special(file)
    with file.open("rb") as stream:
        return stream.read(png.MAX_BYTES + 1)


def _read(file: Path) -> str:
    refuse_special(file)
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        mistake = f"is not UTF-8: {error.reason} at byte {error.start}"
        raise SizesFileError([mistake]) from error


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
