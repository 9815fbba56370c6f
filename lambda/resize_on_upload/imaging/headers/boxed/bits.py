"""Numbers of any number of bits, the lowest bit first (ISO/IEC 18181-1, annex B)."""

from __future__ import annotations

from ..base import BrokenHeaderError


class Bits:
    """A position in a string of bits."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, bits: int) -> int:
        """The next unsigned integer of at most 32 bits.

        Raises:
            BrokenHeaderError: the data ends before it.
        """
        start = self._at
        self.skip(bits)
        part = self._data[start // 8 : (self._at + 7) // 8]
        return int.from_bytes(part, "little") >> start % 8 & (1 << bits) - 1

    def flag(self) -> bool:
        """The next bit."""
        return bool(self.number(1))

    def choice(self, *ways: tuple[int, int]) -> int:
        """An integer written in one of four ways: a constant, plus some bits."""
        constant, bits = ways[self.number(2)]
        return constant + self.number(bits)

    def skip(self, bits: int) -> None:
        """Leave bits out.

        Raises:
            BrokenHeaderError: the data ends before them.
        """
        self._at += bits
        if self._at > 8 * len(self._data):
            msg = "its codestream ends inside its header"
            raise BrokenHeaderError(msg)
