"""What a JPEG's markers say, without decoding it (ITU-T T.81, annex B)."""

from __future__ import annotations

import re

_END_OF_IMAGE = 0xD9
_ALONE = {0x01, 0xD8}  # TEM and SOI: markers without a length behind them

# A marker is FF and a code; FF00 is a stuffed byte and D0-D7 restart the scan.
_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])", re.DOTALL)


def is_whole(blob: bytes) -> bool:
    """Whether the picture's own end marker is there, not that of a thumbnail."""
    at = 2
    while match := _MARKER.search(blob, at):
        code = match[1][0]
        if code == _END_OF_IMAGE:
            return True
        at = match.end()
        if code not in _ALONE:
            at += max(int.from_bytes(blob[at : at + 2], "big"), 2)
    return False
