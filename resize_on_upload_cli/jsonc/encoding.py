"""The bytes of a text file, as text."""

from __future__ import annotations

import codecs

MAX_BYTES = 256_000
"""Of a file; Lambda has room for 4 KB of it, without comments and spaces."""

_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class EncodingError(ValueError):
    """The bytes are not such a text; the message says why, and what to do."""


def decode(data: bytes) -> str:
    """Return the text, without a byte order mark.

    Raises:
        EncodingError: it is not UTF-8, or too long.
    """
    if len(data) > MAX_BYTES:
        msg = f"has more than {MAX_BYTES // 1000} KB; is it another file?"
        raise EncodingError(msg)
    if data.startswith(_UTF_16) or b"\0" in data[:2]:
        msg = (
            "is not UTF-8 but looks like UTF-16: save it as UTF-8. In VS Code: "
            '"UTF-16" in the status bar, then "Save with Encoding"'
        )
        raise EncodingError(msg)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        msg = f"is not UTF-8: byte 0x{byte:02x} in line {line}. Save it as UTF-8"
        raise EncodingError(msg) from error
