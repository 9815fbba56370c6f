"""The protocol of the function and its decoder's process: JSON and bytes over pipes.

A message is the length of a JSON header, the header, and the bodies it announces. No
pickles: what a process sends that decodes hostile files is data, never code.
"""

from __future__ import annotations

import io
import json
import struct
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ...sizes.focus import Focus
from ...sizes.geometry import Geometry
from ...sizes.size import Size
from ...sizes.watermarks.watermark import Watermark

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from typing import IO

_LENGTH = struct.Struct(">I")
MAX_HEADER_BYTES = 1024 * 1024
MAX_BODY_BYTES = 256 * 1024 * 1024
_CHUNK = 1024 * 1024


class ProtocolError(EOFError):
    """The other side ended, or sent something other than a message."""


def send(stream: IO[bytes], header: dict[str, Any], bodies: Sequence[bytes]) -> None:
    """Write one message; raise OSError if the other side is gone."""
    lengths = [len(body) for body in bodies]
    text = json.dumps({**header, "lengths": lengths}).encode()
    for part in (_LENGTH.pack(len(text)) + text, *bodies):
        _write(stream, part)
    stream.flush()


def receive(
    stream: IO[bytes], max_bodies: int = 1
) -> tuple[dict[str, Any], list[bytes]]:
    """Read one message.

    Args:
        stream: The pipe to read from.
        max_bodies: The number of bodies it may have.

    Raises:
        ProtocolError: there is no message, or it is too large.
    """
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > MAX_HEADER_BYTES:
        msg = f"a header of {length} bytes"
        raise ProtocolError(msg)
    try:
        header = json.loads(_exactly(stream, length))
        lengths = [int(size) for size in header["lengths"]]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ProtocolError(str(error)) from error
    too_many = len(lengths) > max_bodies or sum(lengths) > MAX_BODY_BYTES
    if too_many or any(size < 0 for size in lengths):
        msg = f"{len(lengths)} bodies of {sum(lengths)} bytes"
        raise ProtocolError(msg)
    return header, [_exactly(stream, size) for size in lengths]


def packed(sizes: Sequence[Size]) -> list[dict[str, Any]]:
    """Sizes as JSON documents, without what the decoder does not need or is sent apart.

    It does not need key patterns; the files of watermarks are sent once, as bodies.
    """
    documents = [asdict(size) for size in sizes]
    for document in documents:
        del document["key_patterns"]
        if document["watermark"]:
            del document["watermark"]["data"]
    return documents


def watermarks(sizes: Sequence[Size], sent: Collection[str]) -> dict[str, bytes]:
    """The files that a process does not have yet: it keeps each for all its images."""
    marks = [size.watermark for size in sizes if size.watermark]
    return {mark.digest: mark.data for mark in marks if mark.digest not in sent}


def unpacked(
    documents: Sequence[dict[str, Any]], files: Mapping[str, bytes]
) -> tuple[Size, ...]:
    """Restore sizes from what `packed` returned, and watermarks from their files."""
    return tuple(_size(document, files) for document in documents)


def _size(document: dict[str, Any], files: Mapping[str, bytes]) -> Size:
    geometry, focus = Geometry(**document["geometry"]), document["focus"]
    focused, drawn = Focus(**focus) if focus else None, document["watermark"]
    watermark = drawn and Watermark(**drawn, data=files.get(drawn["digest"], b""))
    made = {"geometry": geometry, "focus": focused, "watermark": watermark}
    return Size(**{**document, **made})


def _write(stream: IO[bytes], data: bytes) -> None:
    """Write all of it; an unbuffered pipe takes a part at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[stream.write(rest) :]


def _exactly(stream: IO[bytes], length: int) -> bytes:
    parts, missing = [], length
    # A buffered stream returns everything at once, and joining one part copies nothing:
    # the decoder keeps an upload in memory once. An announced length reserves nothing.
    largest = length if isinstance(stream, io.BufferedReader) else _CHUNK
    while missing:
        part = stream.read(min(missing, largest))
        if not part:
            msg = "the other side ended"
            raise ProtocolError(msg)
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
