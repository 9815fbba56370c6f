"""The numbers that a gain map is applied with (ISO 21496-1, Ultra HDR 1.1).

They are kept as whole millionths, so that both notations of them are exact, and what
was written is read back the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from .dropped import Dropped, GainMapDroppedError

ONE = 1_000_000
_MAX_STOPS = 20 * ONE
_MAX_GAMMA = 100 * ONE


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel's numbers, in millionths.

    Attributes:
        minimum, maximum: The logarithm to base 2 of the gain of the values 0 and 255.
        gamma: That of the values between them.
        base_offset, alternate_offset: Added to the SDR and the HDR image.
    """

    minimum: int
    maximum: int
    gamma: int = ONE
    base_offset: int = ONE // 64
    alternate_offset: int = ONE // 64

    def is_plausible(self) -> bool:
        """Whether an image can look like that."""
        return (
            -_MAX_STOPS <= self.minimum <= self.maximum <= _MAX_STOPS
            and ONE // 100 <= self.gamma <= _MAX_GAMMA
            and 0 <= self.base_offset <= ONE
            and 0 <= self.alternate_offset <= ONE
        )


@dataclass(frozen=True, slots=True)
class Parameters:
    """How to apply a gain map.

    Attributes:
        channels: One, or those of red, green and blue.
        base_headroom: Up to this headroom, a screen shows the SDR image; the logarithm
            to base 2, in millionths.
        alternate_headroom: From this headroom on, it shows all of the HDR image.
    """

    channels: tuple[Channel, ...]
    base_headroom: int
    alternate_headroom: int

    def checked(self) -> Parameters:
        """The same; with one channel if all three are equal.

        Raises:
            GainMapDroppedError: the numbers are not plausible.
        """
        if self.base_headroom >= self.alternate_headroom:
            raise GainMapDroppedError(Dropped.BASE_IS_HDR)
        low, high = self.base_headroom, self.alternate_headroom
        if not (0 <= low < high <= _MAX_STOPS):
            unknown()
        if not all(channel.is_plausible() for channel in self.channels):
            unknown()
        same = len(set(self.channels)) == 1
        channels = self.channels[:1] if same else self.channels
        return Parameters(channels, low, high)


def unknown() -> NoReturn:
    """Raise the error for metadata that is missing or not plausible."""
    raise GainMapDroppedError(Dropped.UNKNOWN_METADATA)
