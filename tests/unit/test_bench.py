"""The benchmarks' inputs, targets and tables, and where they run this project."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from bench import documents, folders
from bench.engines import place
from bench.engines.peer import Peer, this_project
from bench.folders import ROOT
from bench.speed import inputs, measure, report, targets
from bench.speed.contest import (
    FLOOR,
    NAMES,
    PILLOW,
    SHARP,
    THIS,
    TUNED,
    WAND,
    contestants,
)
from local import container_image
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.engines.place import Place
    from local.emulator.runtime import Runtime

DOCUMENT = {"sizes": ["30x", "20x20"]}


def row(kind: str, sizes: str, **engines: tuple[float, float]) -> dict[str, Any]:
    """Results of one photo: CPU and peak memory by engine."""
    names = {"this": THIS, "sharp": SHARP, "pillow": PILLOW}
    found = {
        names[name]: {"cpu": cpu, "peak_mb": peak, "decoder_mb": peak}
        for name, (cpu, peak) in engines.items()
    }
    return {"kind": kind, "sizes": sizes, "cores": 1, "engines": found}


def cells(rows: list[dict[str, Any]]) -> list[str]:
    """The cells of the only line of the table of targets."""
    (line,) = list(targets.table(rows))[2:]
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture
def on_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A machine that cannot build the container image."""
    monkeypatch.setattr(container_image, "can_build", lambda: False)
    monkeypatch.setattr(place, "FUNCTION_PYTHON", Path(sys.executable))
    with place.deployed() as where:
        yield where


@pytest.fixture
def in_image(image: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    """A machine that has built it."""
    monkeypatch.setattr(container_image, "of_sources", lambda: image)
    with place.deployed() as where:
        yield where


@pytest.fixture(
    params=["on_machine", pytest.param("in_image", marks=pytest.mark.image)]
)
def where(request: pytest.FixtureRequest) -> Place:
    """Both places."""
    found: Place = request.getfixturevalue(request.param)
    return found


def test_the_documents_show_the_last_results() -> None:
    for page, name, text in report.sections(report.read()):
        document = page.read_text()
        assert documents.replaced(document, name, text) == document, page.name


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("docs/performance.md", ("speed", "invocation", "million")),
        ("docs/engine.md", ("soak", "quality", "sharpness")),
        ("README.md", ("speed-summary",)),
    ],
)
def test_the_documents_have_the_sections(page: str, names: tuple[str, ...]) -> None:
    document = (ROOT / page).read_text()
    for name in names:
        assert "\nnew\n" in documents.replaced(document, name, "new")


def test_a_target_is_compared_with_the_worst_image() -> None:
    rows = [
        row(targets.SMALL, targets.THREE, this=(45, 59), sharp=(100, 100)),
        row(targets.SMALL, targets.THREE, this=(40, 60), sharp=(100, 100)),
        row(targets.SMALL, targets.FOUR, this=(70, 61), sharp=(100, 100)),
    ]
    assert cells(rows) == [
        "JPEG 2-4 MP",
        *("0.45 / 0.60", "0.45 / 0.60", "met"),
        *("0.70 / 0.61", "0.70 / 0.60", "**not met**"),
    ]


def test_heic_is_compared_with_pillow() -> None:
    rows = [row(targets.HEIC, targets.THREE, this=(120, 1), pillow=(100, 1))]
    assert cells(rows)[:4] == [f"HEIC, to {PILLOW}", "1.20", "1.10", "**not met**"]


def test_very_large_images_have_a_target_in_megabytes() -> None:
    rows = [row(targets.HUGE["PNG"], targets.FOUR, this=(9, 158.4))]
    assert cells(rows) == [
        "49 MP PNG, decoder's MB",
        *("", "", ""),
        *("158", "160", "met"),
    ]


def test_every_target_has_an_input() -> None:
    kinds = {*inputs.PHOTOS.values(), *(made[1] for made in inputs.MADE)}
    assert {target.kind for target in targets.TARGETS} <= kinds


def photo(name: str, kind: str, fmt: str = "jpeg") -> inputs.Input:
    """One photo, without a file."""
    return inputs.Input(name, kind, 40, 30, fmt, {"animated": False})


PHOTO = photo("j12", targets.LARGE)


@pytest.mark.parametrize(
    ("task", "missing"),
    [
        (measure.Task(PHOTO, targets.THREE, 1), set()),
        (measure.Task(PHOTO, targets.THREE, 2), {WAND, FLOOR}),
        (
            measure.Task(photo("h12", targets.HEIC, "heic"), targets.THREE, 1),
            {SHARP, TUNED, "pyvips"},
        ),
        (
            measure.Task(photo("p49", targets.HUGE["PNG"], "png"), targets.FOUR, 1),
            set(NAMES) - {THIS},
        ),
    ],
    ids=lambda value: (
        f"{value.photo.name}, {value.cores}" if isinstance(value, measure.Task) else ""
    ),
)
def test_who_takes_part(
    on_machine: Place, task: measure.Task, missing: set[str]
) -> None:
    engines = contestants(on_machine)
    assert tuple(engines) == NAMES
    assert {n for n, each in engines.items() if not task.takes_part(n, each)} == missing


def test_two_cores_are_for_photos_that_were_not_made() -> None:
    photos = [PHOTO, photo("j48_made", targets.LARGE)]
    found = measure.tasks(photos, [targets.THREE], [1, 2])
    assert [(task.photo.name, task.cores) for task in found] == [
        *(("j12", 1), ("j12", 2)),
        ("j48_made", 1),
    ]


def test_a_machine_without_the_image_says_so(on_machine: Place) -> None:
    assert on_machine.description.startswith("Not the deployed engine: building")
    assert "this machine's ImageMagick" in on_machine.description


def test_figures_of_another_engine_are_not_published(
    on_machine: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(folders, "DOCS", tmp_path)
    page = tmp_path / "engine.md"
    page.write_text("<!-- soak -->\nold\n<!-- end -->\n")
    on_machine.publish("engine.md", {"soak": "new"})
    assert "old" in page.read_text()
    replace(on_machine, is_deployed=True).publish("engine.md", {"soak": "new"})
    assert page.read_text() == "<!-- soak -->\nnew\n<!-- end -->\n"


def test_the_image_is_built_again_when_its_sources_change(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(container_image, "_SOURCES", tmp_path)
    found = []
    for name, text in (("a.py", "1"), ("a.so", "1"), ("a.py", "2"), ("b.c", "2")):
        (tmp_path / name).write_text(text)
        found.append(container_image._digest())
    assert found[0] == found[1]
    assert len(set(found)) == 3


@pytest.mark.image
def test_the_image_has_imagemagick_7(in_image: Place) -> None:
    assert in_image.description.startswith(
        "This project ran in its container image, with ImageMagick 7."
    )


def test_the_function_and_its_decoder_are_measured(where: Place) -> None:
    file = where.scratch / "image"
    file.write_bytes(images.png(400, 300))
    out = where.folder("out")
    with this_project(where).running() as peer:
        with peer.watched() as peak:
            answer = peer.ask({"file": str(file), "document": DOCUMENT}, out)
        own, decoder = peer.resident()
        (pid,) = peer.children()
        command = Path(f"/proc/{pid}/cmdline").read_text()
    assert "sandbox.worker" in command
    assert min(own, decoder) > 5
    assert 5 < peak.children < peak.total < own + decoder + 20
    assert answer["cpu"] > 0
    assert answer["bytes"] == sum(
        (out / str(number)).stat().st_size for number in range(2)
    )


def test_the_encoders_are_measured_one_by_one(where: Place) -> None:
    file = where.scratch / "image"
    file.write_bytes(images.png(40, 30))
    out = where.folder("out")
    command = (*where.program("encoder"), "start")
    encoder = Peer("encoder", command, where.environment(), where.inside)
    ways: list[dict[str, Any]] = [
        {"format": name, "quality": 80, "options": {}, "progressive": False}
        for name in ("jpeg", "webp")
    ]
    ways.append({**ways[1], "quality": 0})  # as variants are
    with encoder.running() as running:
        answer = running.ask({"file": str(file), "ways": ways}, out)
    assert len(answer["cpu"]) == 3
    assert (out / "0").read_bytes().startswith(b"\xff\xd8")
    assert (out / "1").read_bytes()[8:12] == b"WEBP"
    assert (out / "2").read_bytes()[8:12] == b"WEBP"


def test_an_engine_that_ends_is_named(on_machine: Place) -> None:
    with (
        this_project(on_machine).running() as peer,
        pytest.raises(RuntimeError, match="this project ended at /tmp/missing"),
    ):
        peer.ask({"file": "/tmp/missing", "document": DOCUMENT})  # noqa: S108 - absent
