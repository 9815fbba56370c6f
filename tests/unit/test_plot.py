"""The charts of the documents: round ticks, names at the lines, everything inside."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench import charts, folders, soak
from bench.drawing import axes, plot
from bench.folders import CHARTS
from bench.speed import report

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ["this project", "a & b", "sharp, <tuned>", "Pillow"]


@given(st.floats(0.001, 1e7))
def test_an_axis_has_few_round_ticks_and_holds_its_values(most: float) -> None:
    axis = axes.axis(most, 0, 100)
    assert 2 <= axis.ticks <= axes.INTERVALS + 1
    assert axis.values[-1] >= most * (1 - 1e-9)
    assert float(f"{axis.step:e}".split("e")[0]) in {1, 2, 2.5, 5}
    assert 0 <= axis.at(most) <= 100 * (1 + 1e-9)


@given(st.lists(st.floats(plot.TOP, plot.BOTTOM), min_size=1, max_size=8))
def test_names_do_not_overlap_and_keep_their_order(places: list[float]) -> None:
    found = sorted(plot.apart(places))
    gaps = [b - a for a, b in pairwise(found)]
    assert all(gap >= plot.LINE - 1e-6 for gap in gaps)
    assert found[-1] <= plot.BOTTOM + 1e-6
    order = sorted(range(len(places)), key=places.__getitem__)
    moved = plot.apart(places)
    assert [moved[index] for index in order] == found


def test_a_chart_is_well_formed_and_inside_its_box(tmp_path: Path) -> None:
    file = tmp_path / "chart.svg"
    series = {name: [(1.0, 2.0), (48.0, 270.0 + n)] for n, name in enumerate(NAMES)}
    plot.curves(file, series, title="A <chart>", across="MP", up="ms")
    root = ET.fromstring(file.read_text())  # noqa: S314 - it was made here
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "50 MP" in texts
    assert set(NAMES) <= set(texts)
    for line in root.iter("{http://www.w3.org/2000/svg}polyline"):
        for point in line.attrib["points"].split():
            across, up = map(float, point.split(","))
            assert plot.LEFT <= across <= plot.RIGHT
            assert plot.TOP <= up <= plot.BOTTOM


@given(st.lists(st.floats(1e-6, 1e9), min_size=1))
def test_an_axis_of_powers_of_ten_holds_its_values(values: list[float]) -> None:
    axis = axes.decades(values, 0, 100)
    assert len(axis.values) >= 2
    assert axis.at(axis.values[0]) == 0
    assert axis.at(axis.values[-1]) == 100
    assert all(-1e-6 <= axis.at(value) <= 100 + 1e-6 for value in values)


def test_a_chart_of_powers_of_ten_is_inside_its_box(tmp_path: Path) -> None:
    file = tmp_path / "chart.svg"
    series = {"before": [(1e3, 5.4), (1e4, 54)], "now": [(1e3, 0.4), (1e6, 310.0)]}
    plot.log_curves(file, series, title="plan", across="originals", up="s")
    root = ET.fromstring(file.read_text())  # noqa: S314 - it was made here
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"0.1", "1,000", "1,000,000 originals", "before", "now"} <= set(texts)
    dots = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert {(dot.attrib["cx"], dot.attrib["cy"]) for dot in dots} >= {("52.0", "201.3")}
    for dot in dots:
        assert plot.LEFT <= float(dot.attrib["cx"]) <= plot.RIGHT
        assert plot.TOP <= float(dot.attrib["cy"]) <= plot.BOTTOM


@pytest.mark.parametrize("name", ["speed.svg", "memory.svg", "soak.svg", "scale.svg"])
def test_the_charts_are_those_of_the_results(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make charts` was run after the last change."""
    drawn = (CHARTS / name).read_text()
    monkeypatch.setattr(folders, "CHARTS", tmp_path)
    charts.main()
    assert (tmp_path / name).read_text() == drawn
    assert "is better" in drawn


def test_results_hold_every_image_of_the_soak() -> None:
    measured = json.loads(soak.MEASURED.read_text())
    assert {len(values) for values in measured.values()} == {soak.IMAGES}
    assert report.read()["rows"]
