"""The sRGB colour profile, built from its definition.

ICC.1:2022 (https://www.color.org/specification/ICC.1-2022-05.pdf) for the container,
IEC 61966-2-1 for the primaries (adapted to D50) and the transfer curve.
"""

from __future__ import annotations

import struct

_D50 = (0.9642, 1.0, 0.8249)
PRIMARIES = {
    b"rXYZ": (0.43607, 0.22249, 0.01392),
    b"gXYZ": (0.38515, 0.71687, 0.09708),
    b"bXYZ": (0.14307, 0.06061, 0.71410),
}
_SIMILAR = 0.005
_MAX_TAGS = 100
_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def _fixed(*values: float) -> bytes:
    """s15Fixed16Number, clause 4.6."""
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def _text(words: str) -> bytes:
    """MultiLocalizedUnicodeType with one record, clause 10.15."""
    encoded = words.encode("utf-16-be")
    return (
        b"mluc"
        + struct.pack(">5I", 0, 1, 12, 0x656E5553, len(encoded))
        + (struct.pack(">I", 28) + encoded)
    )


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(*values)


def profile(
    primaries: dict[bytes, tuple[float, float, float]],
    *,
    name: str = "sRGB",
    gamma: float | None = None,
) -> bytes:
    """An ICC display profile.

    Args:
        primaries: Those of red, green and blue, adapted to D50.
        name: What programs may show.
        gamma: The exponent of the transfer curve, if it is not sRGB's.
    """
    kind, values = (0, (gamma,)) if gamma else (3, _CURVE)
    curve = b"para\0\0\0\0" + struct.pack(">HH", kind, 0) + _fixed(*values)
    tags = {
        b"desc": _text(name),
        b"cprt": _text("CC0"),
        b"wtpt": _xyz(_D50),
        **{name: _xyz(values) for name, values in primaries.items()},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve),
    }
    at = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for tag, body in tags.items():
        table += tag + struct.pack(">II", at + len(data), len(body))
        data += body + bytes(-len(body) % 4)
    header = struct.pack(">I4sI", at + len(data), b"\0" * 4, 0x04400000)
    header += b"mntrRGB XYZ " + struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp"
    header = header.ljust(68, b"\0") + _fixed(*_D50)
    return header.ljust(128, b"\0") + table + data


def is_similar(other: bytes) -> bool:
    """Whether a profile has sRGB's primaries, at least to the eye."""
    return all(
        abs(found - wanted) < _SIMILAR
        for name, values in PRIMARIES.items()
        for found, wanted in zip(_primary(other, name), values, strict=True)
    )


def _primary(profile: bytes, name: bytes) -> tuple[float, ...]:
    """The values of one tag, XYZType (clause 10.31); zeros if it is missing."""
    count = min(int.from_bytes(profile[128:132], "big"), _MAX_TAGS)
    for start in range(132, 132 + 12 * count, 12):
        if profile[start : start + 4] == name:
            at = int.from_bytes(profile[start + 4 : start + 8], "big") + 8
            data = profile[at : at + 12].ljust(12, b"\0")
            return tuple(value / 65536 for value in struct.unpack(">3i", data))
    return (0, 0, 0)


PROFILE = profile(PRIMARIES)
