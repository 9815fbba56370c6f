"""Measure engines with one photo and one set of sizes."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.speed import fidelity, targets
from bench.speed.contest import PILLOW, SHARP, THIS, TUNED
from bench.speed.inputs import GROWTH

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from bench.engines.memory import Peak
    from bench.speed.contest import Contestant
    from bench.speed.inputs import Input

SIZE_SETS = {
    targets.THREE: ((150, None), (50, 50), (None, 150)),
    targets.FOUR: tuple((width, None) for width in (150, 300, 600, 1200)),
    "10 widths": tuple((width, None) for width in range(120, 1201, 120)),
}
QUALITY = 82
WARM_UPS = 3
HUGE = targets.HUGE.values()
CHARTED = (THIS, SHARP, TUNED, PILLOW)
MAX_ROUNDS = {targets.HEIC: 2, targets.AVIF: 2, **dict.fromkeys(HUGE, 1)}

Answers = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Task:
    """One photo, one set of sizes, one number of cores."""

    photo: Input
    sizes: str
    cores: int

    @property
    def is_wanted(self) -> bool:
        """Whether the tables or charts have a place for it."""
        if self.cores > 1 and (self.photo.is_made or self.photo.kind in MAX_ROUNDS):
            return False
        is_single = self.photo.kind == GROWTH or self.photo.job["animated"]
        return self.sizes == targets.THREE or not is_single

    def takes_part(self, name: str, contestant: Contestant) -> bool:
        """Whether an engine is measured in it."""
        if self.photo.kind in HUGE:
            return name == THIS
        if self.photo.kind == GROWTH:
            return name in CHARTED
        reads = contestant.reads is None or self.photo.format in contestant.reads
        can = reads and (contestant.animates or not self.photo.job["animated"])
        is_for_one_core = contestant.is_slow or contestant.is_yardstick
        return can and not (is_for_one_core and self.cores > 1)


def tasks(
    photos: Sequence[Input], sizes: Sequence[str], cores: Sequence[int]
) -> list[Task]:
    """What is measured, photo by photo."""
    every = [Task(p, s, c) for p in photos for s in sizes for c in cores]
    return [task for task in every if task.is_wanted]


def run(
    task: Task, contestants: Mapping[str, Contestant], rounds: int, scratch: Path
) -> dict[str, Any]:
    """Run the engines in turn, repeatedly, each in a new process."""
    photo = task.photo
    wanted = {n: c for n, c in contestants.items() if task.takes_part(n, c)}
    job = photo.job | {"sizes": photo.targets(SIZE_SETS[task.sizes])}
    job["quality"] = QUALITY
    folders = {name: _folder(scratch / "out" / name) for name in wanted}
    rounds = min(rounds, MAX_ROUNDS.get(photo.kind, rounds))
    with ExitStack() as stack:
        for each in wanted.values():
            stack.enter_context(each.peer.running(task.cores))
        answers = dict(_rounds(wanted, job, folders, rounds))
    peaks = {name: _peak(each, job, task.cores) for name, each in wanted.items()}
    alike = fidelity.likeness(photo, job, folders) if task.cores == 1 else {}
    return {
        "photo": photo.name,
        "kind": photo.kind,
        "sizes": task.sizes,
        "cores": task.cores,
        "pixels": photo.width * photo.height,
        "engines": {
            name: _figures(answers[name], peaks[name]) | {"ssim": alike.get(name)}
            for name in wanted
        },
    }


def _rounds(
    wanted: Mapping[str, Contestant],
    job: Mapping[str, Any],
    folders: Mapping[str, Path],
    rounds: int,
) -> Iterator[tuple[str, Answers]]:
    """Warm every engine up, then measure; a slow one's first run counts."""
    found: dict[str, Answers] = {}
    for name, each in wanted.items():
        first = each.peer.ask(job, folders[name])
        found[name] = [first] if each.is_slow else []
    for _ in range(rounds):
        for name, each in wanted.items():
            if not each.is_slow:
                found[name].append(each.peer.ask(job))
    yield from found.items()


def _peak(engine: Contestant, job: Mapping[str, Any], cores: int) -> Peak:
    """Measure memory while no other engine runs: it would share pages with this one."""
    with engine.peer.running(cores):
        for _ in range(0 if engine.is_slow else WARM_UPS):
            engine.peer.ask(job)
        with engine.peer.watched() as peak:
            engine.peer.ask(job)
    return peak


def _folder(folder: Path) -> Path:
    """A folder for results, which Lambda's user may write to."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o777)
    return folder


def _figures(answers: Answers, peak: Peak) -> dict[str, Any]:
    cpu = [answer["cpu"] for answer in answers]
    return {
        "wall": round(median(answer["wall"] for answer in answers), 2),
        "cpu": round(median(cpu), 2),
        "spread": round(_spread(cpu), 3),
        "bytes": int(answers[-1]["bytes"]),
        "peak_mb": round(peak.total, 1),
        "decoder_mb": round(peak.children, 1),
    }


def _spread(values: list[float]) -> float:
    """Return half the range, relative to the median."""
    return (max(values) - min(values)) / 2 / max(median(values), 1e-9)
