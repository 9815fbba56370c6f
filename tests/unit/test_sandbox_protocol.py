"""Messages between the function and its decoder: complete and bounded, or refused."""

from __future__ import annotations

import io
import json
import os
import struct
import threading
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.imaging.sandbox import protocol

if TYPE_CHECKING:
    from pathlib import Path


def _message(header: Any, *, length: int | None = None) -> io.BytesIO:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return io.BytesIO(struct.pack(">I", length or len(text)) + text)


@given(st.lists(st.binary(max_size=99), max_size=4))
def test_what_is_sent_is_received(bodies: list[bytes]) -> None:
    stream = io.BytesIO()
    protocol.send(stream, {"a": "é"}, bodies)
    stream.seek(0)
    header, received = protocol.receive(stream, 9)
    assert (header["a"], received) == ("é", bodies)
    assert stream.read() == b""


def test_a_pipe_transfers_a_part_at_a_time() -> None:
    """Unbuffered, as in the function: 64 kB fit into a pipe."""
    body = os.urandom(3_000_000)
    reading, writing = os.pipe()
    with open(reading, "rb", 0) as source, open(writing, "wb", 0) as target:  # noqa: PTH123 - descriptors
        sender = threading.Thread(
            target=protocol.send, args=(target, {}, [body, b"", body])
        )
        sender.start()
        assert protocol.receive(source, 9)[1] == [body, b"", body]
        sender.join()


def test_the_decoder_keeps_an_upload_in_memory_once(tmp_path: Path) -> None:
    """Buffered, as in the decoder: twice would halve what fits into its memory."""
    body, file = bytes(30_000_000), tmp_path / "message"
    with file.open("wb") as target:
        protocol.send(target, {}, [body])
    with file.open("rb") as source:
        tracemalloc.start()
        try:
            (received,) = protocol.receive(source, 9)[1]
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert received == body
    assert peak < 1.5 * len(body)


@pytest.mark.parametrize(
    "stream",
    [
        _message({"lengths": []}, length=protocol.MAX_HEADER_BYTES + 1),
        _message({"lengths": [protocol.MAX_BODY_BYTES, 1]}),
        _message({"lengths": [protocol.MAX_BODY_BYTES + 1, -1]}),
        _message({"lengths": [-1]}),
        _message({"lengths": "9"}),
        _message({"lengths": [None]}),
        _message({"lengths": [float("inf")]}),
        _message({"lengths": [float("nan")]}),
        _message({"lengths": [0] * 10}),
        _message({}),
        _message([]),
        _message(b"{" * 99_999),
        _message(b"[" * 99_999),
        _message({"lengths": [9]}),
        _message(b"\xff"),
        io.BytesIO(b"\0\0"),
        io.BytesIO(),
    ],
)
def test_anything_but_a_message_is_refused(stream: io.BytesIO) -> None:
    with pytest.raises(protocol.ProtocolError):
        protocol.receive(stream, 9)


@pytest.mark.parametrize(
    "message",
    [
        _message(b"", length=protocol.MAX_HEADER_BYTES + 1),
        _message({"lengths": [protocol.MAX_BODY_BYTES, 1]}),
        _message({"lengths": [-1]}),
        _message({"lengths": [protocol.MAX_BODY_BYTES + 1, -1]}),
        _message({"lengths": [1] * 10}),
    ],
    ids=["header", "bodies", "negative", "negative-in-sum", "too-many"],
)
def test_too_long_a_message_is_refused_unread(message: io.BytesIO) -> None:
    """It could fill the function's memory, or keep the function waiting forever."""
    stream = io.BytesIO(message.getvalue() + b"x" * 99)
    with pytest.raises(protocol.ProtocolError):
        protocol.receive(stream, 9)
    assert stream.read() == b"x" * 99
