"""Check a text of sizes.json; each mistake and warning is shown with its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes import parser
from resize_on_upload.sizes.mistakes import SizesError
from resize_on_upload_cli.jsonc import reader
from resize_on_upload_cli.jsonc.document import Span
from resize_on_upload_cli.jsonc.excerpt import Source
from resize_on_upload_cli.sizes_check import warnings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from resize_on_upload.sizes.mistakes import Mistake
    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.jsonc.document import Document

MAX_SHOWN = 100
"""Mistakes of a file; more than that have a few causes, or it is another file."""

MAX_CHARACTERS = 1_000
"""Of a message, which may repeat a value."""


@dataclass(frozen=True, slots=True)
class CheckedText:
    """What is in a text.

    Attributes:
        content: The document, with the digests of watermarks' files.
        sizes: Empty if there are mistakes.
        mistakes, warnings: Each has the file's name and position, and its lines.
    """

    content: Any
    sizes: tuple[Size, ...]
    mistakes: list[str]
    warnings: list[str]


def check(text: str, name: str, read_file: Callable[[str], bytes]) -> CheckedText:
    """Check a whole text.

    Args:
        text: JSON with comments.
        name: The name of the file in the messages.
        read_file: Returns a watermark's file, or raises OSError.
    """
    document = reader.read(text)
    sizes, mistakes = _sizes(document, read_file)
    source, doubtful = Source(text), list[tuple[Span, str]]()
    if not mistakes:
        found = warnings.find(document.value)
        doubtful = [(_span(document, one), f"warning: {one}") for one in found]
    return CheckedText(
        document.value,
        sizes,
        _located(source, name, mistakes),
        _located(source, name, doubtful),
    )


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


def _located(source: Source, name: str, found: Iterable[tuple[Span, str]]) -> list[str]:
    shown: list[str] = []
    for span, message in found:
        if len(shown) == MAX_SHOWN:
            shown.append(f"{name}: there are more mistakes; correct these first")
            break
        text = message
        if len(message) > MAX_CHARACTERS:
            text = (
                f"{message[: MAX_CHARACTERS // 2]} … {message[-MAX_CHARACTERS // 2 :]}"
            )
        first = f"{name}:{source.position(span)}: {text}"
        shown.append("\n".join((first, *source.excerpt(span))))
    return shown
