"""HDR video signals, PQ and HLG, turned into sRGB for ordinary screens.

Both are for a peak of 1,000 cd/m², whose brighter part is compressed: by the curve of
ITU-R BT.2390-11, 5.4.1, applied to the largest of the three channels. White is
203 cd/m² (BT.2408-7, 2.2). tone_map.c does the same as `_mapped`, with the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from ..imagemagick import magick
from . import resample

if TYPE_CHECKING:
    from ..headers.base import Cicp

PEAK, WHITE = 1_000, 203

_PQ = 16
_LIGHT, _FACTOR, _CODES = 1 << 20, 1 << 15, 1 << 16
_STEPS = 4096  # of the curve
_BT_2020 = (0.2627, 0.6780, 0.0593)  # each primary's part of the luminance
_TO_BT_709 = {  # by the number of the primaries (ITU-T H.273, table 2)
    1: ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    9: (
        (1.660491, -0.587641, -0.072850),
        (-0.124550, 1.132900, -0.008349),
        (-0.018151, -0.100579, 1.118730),
    ),
    12: (
        (1.224940, -0.224940, 0),
        (-0.042057, 1.042057, 0),
        (-0.019638, -0.078636, 1.098274),
    ),
}
_USUAL = 9
_M1, _M2 = 1305 / 8192, 2523 / 32  # SMPTE ST 2084
_C1, _C2, _C3 = 107 / 128, 2413 / 128, 2392 / 128
_A, _B, _C = 0.17883277, 0.28466892, 0.55991073  # BT.2100-2, table 5


@dataclass(frozen=True, slots=True)
class _Tables:
    """Whole numbers, so that C and Python calculate the same.

    Attributes:
        light: Of each value of a channel; the peak is _LIGHT.
        system: The factor for each luminance, in 65,536 steps; empty for PQ.
        curve: The factor for the largest channel, in steps of a 4,096th.
        matrix: To the primaries of sRGB, row by row.
        encoded: sRGB's value of each of 65,536 steps of light.
    """

    light: list[int]
    system: list[int]
    curve: list[int]
    matrix: list[int]
    encoded: bytes


def to_srgb(image: magick.Image, signal: Cicp) -> None:
    """Replace the pixels by those that an ordinary screen shows."""
    tables = _tables(signal)
    buffer = magick.pixels(image, "RGBA")
    if resample.is_built():
        weight = [round(part * _FACTOR) for part in _BT_2020]
        numbers = tables.light, tables.system, weight, tables.curve, tables.matrix
        resample.tone_map(buffer, numbers, tables.encoded)
    else:
        _map_in_python(buffer, tables)
    magick.replace_pixels(image, image.width, image.height, "RGBA", buffer)


def _map_in_python(buffer: Any, tables: _Tables) -> None:
    """As in C, but slowly: for machines without a compiler."""
    colours = memoryview(buffer).cast("B").cast("I")
    known = dict.fromkeys(colours, 0)
    for colour in known:
        *channels, alpha = colour.to_bytes(4, "little")
        mapped = bytes((*_mapped(channels, tables), alpha))
        known[colour] = int.from_bytes(mapped, "little")
    for index, colour in enumerate(colours):
        colours[index] = known[colour]


def _mapped(channels: list[int], tables: _Tables) -> list[int]:
    light = [tables.light[value] for value in channels]
    if tables.system:
        parts = (round(part * _FACTOR) for part in _BT_2020)
        luminance = sum(a * b for a, b in zip(parts, light, strict=True))
        factor = tables.system[luminance >> 19]
        light = [value * factor >> 15 for value in light]
    gain = tables.curve[max(light) >> 8]
    rows = (tables.matrix[at : at + 3] for at in (0, 3, 6))
    sums = (sum(a * b for a, b in zip(row, light, strict=True)) for row in rows)
    scaled = ((one >> 15) * gain >> 19 for one in sums)
    return [tables.encoded[min(max(one, 0), _CODES - 1)] for one in scaled]


def _tables(signal: Cicp) -> _Tables:
    """Those of known primaries alone: a file may name any of 65,536."""
    known = signal.primaries in _TO_BT_709
    return _kept_tables(signal if known else signal._replace(primaries=_USUAL))


@cache
def _kept_tables(signal: Cicp) -> _Tables:
    is_pq = signal.transfer == _PQ
    rows = _TO_BT_709[signal.primaries]
    values = (_pq_light(v / 255) if is_pq else _hlg_light(v / 255) for v in range(256))
    return _Tables(
        light=[round(min(value, 1) * _LIGHT) for value in values],
        system=[] if is_pq else _system(),
        curve=[_gain(step / _STEPS) for step in range(_STEPS + 1)],
        matrix=[round(PEAK / WHITE * _FACTOR * value) for row in rows for value in row],
        encoded=_encoded(),
    )


def _pq_light(signal: float) -> float:
    """The light of a PQ signal; 1 is the peak."""
    root = signal ** (1 / _M2)
    return float((max(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)) * 10_000 / PEAK


def _pq_signal(light: float) -> float:
    power = (light * PEAK / 10_000) ** _M1
    return float(((_C1 + _C2 * power) / (1 + _C3 * power)) ** _M2)


def _hlg_light(signal: float) -> float:
    """The light of an HLG signal in the scene; 1 is the brightest."""
    if signal <= 1 / 2:
        return signal * signal / 3
    return float((2.718281828459045 ** ((signal - _C) / _A) + _B) / 12)


def _system() -> list[int]:
    """HLG's system gamma for a screen of 1,000 cd/m²: 1.2 (BT.2100-2, table 5)."""
    return [round(_FACTOR * (step / _CODES) ** 0.2) for step in range(_CODES + 1)]


def _gain(light: float) -> int:
    """How much darker the curve makes a channel of this light, which is the largest."""
    peak, white = _pq_signal(1), _pq_signal(WHITE / PEAK) / _pq_signal(1)
    knee = 1.5 * white - 0.5
    signal = _pq_signal(light) / peak
    if signal <= knee:
        return _FACTOR
    t = (signal - knee) / (1 - knee)
    reduced = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee)
    reduced += (3 * t**2 - 2 * t**3) * white
    return round(_FACTOR * _pq_light(reduced * peak) / light)


def _encoded() -> bytes:
    """The curve of sRGB (IEC 61966-2-1)."""
    table = bytearray()
    for value in range(1, 256):
        between = (value - 0.5) / 255
        power = ((between + 0.055) / 1.055) ** 2.4
        light = power if between > 0.04045 else between / 12.92  # noqa: PLR2004
        table += bytes([value - 1]) * (round(light * (_CODES - 1)) - len(table))
    return bytes(table).ljust(_CODES, b"\xff")
