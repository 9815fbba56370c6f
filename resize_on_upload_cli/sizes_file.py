"""Read sizes.json, in the same way for `cdk synth` and every command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes import parser
from resize_on_upload.sizes.mistakes import SizesError
from resize_on_upload.sizes.watermarks import png
from resize_on_upload_cli import sizes_warnings
from resize_on_upload_cli.errors import CommandError, ExitCode, UsageError
from resize_on_upload_cli.jsonc import encoding, reader
from resize_on_upload_cli.jsonc.document import Span
from resize_on_upload_cli.jsonc.excerpt import Source
from resize_on_upload_cli.local_files import refuse_special

if TYPE_CHECKING:
    from collections.abc import Callable

    from resize_on_upload.sizes.mistakes import Mistake
    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.jsonc.document import Document

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
    document = reader.read(text)
    sizes, mistakes = _sizes(document, read_file or read_watermark)
    source = Source(text)
    if mistakes:
        raise SizesFileError([_located(source, name, *one) for one in mistakes])
    warnings = [
        _located(source, name, _span(document, one), f"warning: {one}")
        for one in sizes_warnings.find(document.value)
    ]
    return SizesFile(sizes, parser.compact(document.value), tuple(warnings))


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


def _sizes(
    document: Document, read_file: Callable[[str], bytes]
) -> tuple[tuple[Size, ...], list[tuple[Span, str]]]:
    """The sizes, or all mistakes; what syntax leaves open is not a second mistake."""
    mistakes = [(one.span, one.message) for one in document.mistakes]
    sizes: tuple[Size, ...] = ()
    if document.is_complete:
        try:
            sizes = parser.parse_document(document.value, read_file)
        except SizesError as error:
            known = {one.span for one in document.mistakes}
            found = [(_span(document, one), str(one)) for one in error.mistakes]
            mistakes += [one for one in found if one[0] not in known]
    return sizes, sorted(mistakes, key=lambda one: one[0].start)


def _span(document: Document, mistake: Mistake) -> Span:
    return document.find(mistake.place, key=mistake.is_key) or Span(0, 0)


def _located(source: Source, name: str, span: Span, message: str) -> str:
    position = f"{name}:{source.position(span)}"
    return "\n".join((f"{position}: {message}", *source.excerpt(span)))


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
