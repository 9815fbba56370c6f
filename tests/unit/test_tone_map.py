"""HDR signals turned into sRGB: by C, by Python, and by the formulas in floats."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

from resize_on_upload.imaging.headers.base import Cicp
from resize_on_upload.imaging.imagemagick import magick
from resize_on_upload.imaging.resizing import resample, tone_map
from tests.support import images

PQ, HLG = 16, 18
BT_709, BT_2020, P3 = 1, 9, 12
SIGNALS = [Cicp(p, t) for t in (PQ, HLG) for p in (BT_709, BT_2020, P3, 2, 99)]
PIXELS = np.random.default_rng(4).integers(0, 256, (400, 4), dtype=np.uint8)
GREYS = np.repeat(np.arange(256, dtype=np.uint8), 4).reshape(256, 4)

Array = np.ndarray[Any, Any]


def _mapped(pixels: Array, signal: Cicp) -> Array:
    """Through an image, as the pipeline does it."""
    rows = [[tuple(map(int, pixel)) for pixel in pixels]]
    with magick.Image(blob=images.png_of(rows), format="png") as image:
        tone_map.to_srgb(image, signal)
        data = magick.pixels(image, "RGBA").raw
    return np.array([*data]).reshape(-1, 4)


def _by_formulas(pixels: Array, signal: Cicp) -> Array:
    """The same in floats, written from the recommendations."""
    rgb = pixels[:, :3] / 255
    light = _pq(rgb) if signal.transfer == PQ else _hlg(rgb)
    light = np.minimum(light, 1_000)
    most = light.max(axis=1, keepdims=True)
    light = light * _compressed(most) / np.maximum(most, 1e-9)
    light = np.clip(light @ _matrix(signal.primaries).T / 203, 0, 1)
    low, high = 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055
    return np.asarray(255 * np.where(light <= 0.0031308, low, high))


def _pq(signal: Array) -> Array:
    root = signal ** (32 / 2523)
    fraction = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
    return np.asarray(10_000 * fraction ** (8192 / 1305))


def _inverse_pq(light: Array) -> Array:
    power = (light / 10_000) ** (1305 / 8192)
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** (2523 / 32)


def _hlg(signal: Array) -> Array:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(signal <= 0.5, signal**2 / 3, (np.exp((signal - c) / a) + b) / 12)
    luminance = scene @ np.array([0.2627, 0.678, 0.0593])
    return np.asarray(1_000 * scene * luminance[:, None] ** 0.2)


def _compressed(most: Array) -> Array:
    peak = _inverse_pq(np.array(1_000.0))
    white = _inverse_pq(np.array(203.0)) / peak
    knee, signal = 1.5 * white - 0.5, _inverse_pq(most) / peak
    t = np.clip((signal - knee) / (1 - knee), 0, 1)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee)
    spline += (3 * t**2 - 2 * t**3) * white
    return np.where(signal <= knee, most, _pq(spline * peak))


def _matrix(primaries: int) -> Array:
    """To BT.709 by way of XYZ, from the chromaticities."""
    known = {
        BT_709: ((0.64, 0.33), (0.3, 0.6), (0.15, 0.06)),
        P3: ((0.68, 0.32), (0.265, 0.69), (0.15, 0.06)),
    }
    wide = ((0.708, 0.292), (0.17, 0.797), (0.131, 0.046))
    to_xyz = (_to_xyz(known.get(primaries, wide)), _to_xyz(known[BT_709]))
    return np.asarray(np.linalg.inv(to_xyz[1]) @ to_xyz[0])


def _to_xyz(corners: tuple[tuple[float, float], ...]) -> Array:
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in corners]).T
    white = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
    return np.asarray(columns * np.linalg.solve(columns, white))


@pytest.mark.parametrize("signal", SIGNALS, ids=str)
def test_c_and_python_give_the_same_bytes(
    signal: Cicp, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_c = _mapped(PIXELS, signal)
    monkeypatch.setattr(resample, "is_built", lambda: False)
    assert (_mapped(PIXELS, signal) == by_c).all()


@pytest.mark.parametrize("signal", SIGNALS, ids=str)
def test_the_formulas_give_the_same_to_one_level(signal: Cicp) -> None:
    for pixels in (PIXELS, GREYS):
        difference = _mapped(pixels, signal)[:, :3] - _by_formulas(pixels, signal)
        assert np.abs(difference).max() <= 1.01


@pytest.mark.parametrize("signal", SIGNALS, ids=str)
def test_grey_stays_grey_and_brighter_stays_brighter(signal: Cicp) -> None:
    mapped = _mapped(GREYS, signal)[:, :3]
    assert (np.ptp(mapped, axis=1) == 0).all()
    assert (np.diff(mapped[:, 0]) >= 0).all()
    assert (mapped[0, 0], mapped[255, 0]) == (0, 255)


def test_white_is_as_bright_in_both_signals() -> None:
    """203 cd/m² are a PQ signal of 58 % and an HLG signal of 75 % (BT.2408)."""
    white = {PQ: round(0.58 * 255), HLG: round(0.75 * 255)}
    for transfer, value in white.items():
        pixel = np.array([[value, value, value, 255]], np.uint8)
        found = _mapped(pixel, Cicp(BT_2020, transfer))
        assert found[0, 0] == pytest.approx(229, abs=1)


def test_alpha_stays() -> None:
    assert (_mapped(PIXELS, SIGNALS[0])[:, 3] == PIXELS[:, 3]).all()


def test_uploads_do_not_add_tables() -> None:
    """They take up to three megabytes; a file may name any of 65,536 primaries."""
    tone_map._kept_tables.cache_clear()
    for primaries in range(1_000, 1_009):
        for transfer in (16, 18):
            _mapped(PIXELS, Cicp(primaries, transfer))
    assert tone_map._kept_tables.cache_info().currsize == 2


def test_every_index_is_in_its_table() -> None:
    """C does not check them: the brightest pixel has the highest of each."""
    for signal in SIGNALS:
        tables = tone_map._tables(signal)
        assert (len(tables.light), len(tables.encoded)) == (256, 65_536)
        assert 0 == min(tables.light) <= max(tables.light) <= 1 << 20
        assert len(tables.curve) == (1 << 20 >> 8) + 1
        assert max(tables.curve) == 1 << 15
        if tables.system:
            parts = sum(round(part * (1 << 15)) for part in tone_map._BT_2020)
            assert parts * (1 << 20) >> 19 < len(tables.system)
            assert max(tables.system) == 1 << 15
        assert max(map(abs, tables.matrix)) < 1 << 20  # so that sums fit into 64 bits
        buffer = ctypes.create_string_buffer(b"\xff" * 4, 4)
        resample.tone_map(buffer, _numbers(tables), tables.encoded)
        assert buffer.raw == b"\xff" * 4


def _numbers(tables: tone_map._Tables) -> list[list[int]]:
    weight = [round(part * (1 << 15)) for part in tone_map._BT_2020]
    return [tables.light, tables.system, weight, tables.curve, tables.matrix]
