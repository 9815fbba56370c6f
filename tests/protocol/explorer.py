"""The real reconcile code, its calls interleaved: in every schedule, or at random.

Each invocation runs in a greenlet that stops before every call of S3. The owner of the
world decides which one continues, and whether its call fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from greenlet import GreenletExit, getcurrent, greenlet

from resize_on_upload.errors import CorruptImage, Failed, Rejected
from resize_on_upload.events.envelopes import Change
from resize_on_upload.imaging.results import ImageResult, SourceInfo, Variant
from resize_on_upload.outputs.invalidation import is_due
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.recipe import combined_recipe, recipe, recipe_of
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import MANIFEST, REJECTION, REQUEST, UPLOAD
from resize_on_upload.storage.source_id import source_id_of
from resize_on_upload.storage.store import Store
from tests.support.fake_s3 import FakeS3, Stored

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from resize_on_upload.sizes.size import Size

ORIGINAL, RESIZED = "photos-original", "photos-resized"
POISON = b"!"
SIZES = parse('{"sizes": ["9x", "x9"]}')
OTHER_SIZES = parse('{"sizes": [{"geometry": "8x", "name": "9x"}, "x9"]}')
LISTED_SIZES = parse('{"manifest": true, "sizes": ["9x"]}')


def on_request(sizes: Sequence[Size]) -> tuple[Size, ...]:
    """The same sizes, the first of them made on request."""
    first, *others = sizes
    return (replace(first, make=REQUEST), *others)


def in_turn(
    call: Callable[[Any], Any], items: Sequence[Any], *others: Callable[[], object]
) -> list[Any]:
    """As in_parallel, without threads: only the schedule decides what runs."""
    return _all([*(partial(call, item) for item in items), *others])[: len(items)]


def in_turn_others_first(
    call: Callable[[Any], Any], items: Sequence[Any], *others: Callable[[], object]
) -> list[Any]:
    """As `in_turn`, in another order."""
    return _all([*others, *(partial(call, item) for item in items)])[len(others) :]


def _all(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """All results; all are tried before the first error is raised."""
    results, errors = [], []
    for call in calls:
        try:
            results.append(call())
        except (Failed, Rejected) as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return results


class ViolationError(AssertionError):
    """An invariant is violated."""


def make_variants(blob: bytes, sizes: Sequence[Size]) -> ImageResult:
    """Make images that quote their original; one that starts with "!" is rejected."""
    if blob.startswith(POISON):
        raise CorruptImage(blob.decode())
    made = (Variant(size, "image/png", 1, 1, image_of(blob, size)) for size in sizes)
    return ImageResult(SourceInfo("png", 1, 1), tuple(made))


def image_of(blob: bytes, size: Size) -> bytes:
    """What `make_variants` makes for a size."""
    return size.geometry.text.encode() + b" of " + blob


@dataclass(eq=False)
class Worker:
    """An invocation for one key: the call it waits for, and how it ended.

    Attributes:
        stopped_at: The call before which it waits; None once it has ended.
        looks: Key in the resized bucket → how much was written before it looked there.
        viewer: Whether it makes one size for a viewer; nothing repeats it if it dies.
        removed: Whether its event is that of a delete.
        ended: "done", the class of its error, or "crashed".
    """

    key: str
    created: bool
    run: greenlet
    tries: int = 0
    stopped_at: tuple[str, dict[str, Any]] | None = None
    ended: str | None = None
    report: Any = None
    viewer: bool = False
    removed: bool = False
    looks: dict[str, int] = field(default_factory=dict)


@dataclass
class World:
    """Both buckets, their users and the running invocations.

    Attributes:
        sizes: As deployed now; running invocations keep the earlier ones.
        other_sizes: As they are deployed later.
        store: The class under test, or a mutant of it.
        keep_rejections: Whether uploads leave rejections, and delete them.
        restored: Whether an older version was ever restored: then its source id may
            return, too.
    """

    versioned: bool = True
    sizes: tuple[Size, ...] = SIZES
    other_sizes: tuple[Size, ...] = OTHER_SIZES
    store: Any = Store
    keep_rejections: bool = True
    workers: list[Worker] = field(default_factory=list)
    rejected: set[str] = field(default_factory=set)
    written: int = 0
    restored: bool = False

    def __post_init__(self) -> None:
        self.s3 = FakeS3((ORIGINAL,) if self.versioned else (), _stop)
        self.s3.watch = self._watch
        self.s3.create_bucket(ORIGINAL)
        self.s3.create_bucket(RESIZED)
        self._was: dict[str, list[bytes]] = {}
        self._written_at: dict[str, int] = {}
        self._in_caches: set[str] = set()
        self._killed = False
        self._ages: dict[str, int] = {}
        self._poisoned: set[str] = set()
        self._reason_to_delete: set[str] = set()

    def put(self, key: str, body: bytes) -> None:
        """A user uploads."""
        self.s3.put_object(Bucket=ORIGINAL, Key=key, Body=body)
        self._was.setdefault(key, []).append(body)
        source = self.source(key) or ""
        self._ages[source] = len(self._ages)
        if body.startswith(POISON):
            self._poisoned.add(source)
            self._reason_to_delete.add(key)

    def delete(self, key: str, version: str | None = None) -> None:
        """A user deletes the object, or one version of it."""
        more = {"VersionId": version} if version else {}
        self.s3.delete_object(Bucket=ORIGINAL, Key=key, **more)
        self.restored = self.restored or bool(version)
        self._reason_to_delete.add(key)

    def source(self, key: str) -> str | None:
        """The source id of the current original."""
        if not self.s3.current(ORIGINAL, key):
            return None
        return source_id_of(self.s3._head({"Bucket": ORIGINAL, "Key": key}))

    def start(
        self, key: str, *, created: bool, removed: bool = False, tries: int = 0
    ) -> Worker:
        """An event arrives: its invocation runs up to its first call."""
        worker = self._new(key, self.sizes, created=created, tries=tries)
        worker.removed = removed
        self._switch(worker, None)
        return worker

    def view(self, key: str) -> None:
        """A viewer asks for the first size: S3 sends it, or an invocation makes it."""
        size = self.sizes[0]
        if not self.s3.current(RESIZED, size.variant_key(key)):
            made = (replace(size, make=UPLOAD),)
            worker = self._new(key, made, created=False, viewer=True)
            self._switch(worker, None)

    def _new(
        self,
        key: str,
        sizes: tuple[Size, ...],
        *,
        created: bool,
        tries: int = 0,
        viewer: bool = False,
    ) -> Worker:
        report = Report()
        store = self.store(self.s3, ORIGINAL, RESIZED, "1")
        config = ReconcileConfig(
            store,
            sizes,
            make_variants,
            keep_rejections=self.keep_rejections and not viewer,
        )

        def invoke(_fault: None) -> None:
            reconcile(key, config, report, created=created)

        worker = Worker(
            key, created, greenlet(invoke), tries, report=report, viewer=viewer
        )
        self.workers.append(worker)
        return worker

    def step(self, worker: Worker, fault: str | None = None) -> None:
        """Perform the invocation's call, and run on to its next one."""
        if fault == "412" and worker.stopped_at and worker.stopped_at[0][0] not in "PD":
            fault = None  # only writes have conditions
        self._note_look(worker)
        self._switch(worker, fault)

    def _note_look(self, worker: Worker) -> None:
        name, call = worker.stopped_at or ("", {})
        if name == "HeadObject" and call["Bucket"] == RESIZED:
            worker.looks[call["Key"]] = self.written

    def crash(self, worker: Worker) -> None:
        """The invocation dies at its current call."""
        worker.run.throw(GreenletExit)
        self._killed = True
        worker.ended, worker.stopped_at = "crashed", None
        self.workers.remove(worker)

    def _switch(self, worker: Worker, fault: str | None) -> None:
        try:
            worker.stopped_at = worker.run.switch(fault)
            if not worker.run.dead:
                return
            worker.ended = "done"
        except Rejected:
            worker.ended = "rejected"
            if not worker.viewer:  # only uploads leave a record
                self._reject(worker.report.source_id)
        except Failed as error:
            worker.ended = type(error).__name__
        self._forget(worker)
        worker.stopped_at = None
        self.workers.remove(worker)

    def _forget(self, worker: Worker) -> None:
        """Caches forget the key's variants, as the handler has them do at the end."""
        change = Change(ORIGINAL, worker.key, removed=worker.removed)
        if not worker.viewer and is_due(change, worker.report, self.sizes):
            self._in_caches.discard(worker.key)

    def _reject(self, source: str) -> None:
        if source not in self._poisoned:
            msg = "I4: a good upload was rejected"
            raise ViolationError(msg)
        self.rejected.add(source)

    def _watch(
        self, bucket: str, name: str, old: Stored | None, new: Stored | None
    ) -> None:
        """Check the invariants that hold at every step (I5 to I8, and I13)."""
        if bucket == ORIGINAL:
            if isinstance(getcurrent(), greenlet) and getcurrent().parent:
                msg = "I7: an original was written"
                raise ViolationError(msg)
            return
        self.written += 1
        self._written_at[name] = self.written
        prefix, _, key = name.partition("/")
        if prefix == REJECTION.name:
            self._check_rejection(key.removesuffix(REJECTION.suffix), old, new)
            return
        if prefix == MANIFEST.name:
            key = key.removesuffix(MANIFEST.suffix)
        self._note_stale_copies(key, old, new)
        if new is None:
            self._check_delete(prefix, key, old)
            return
        if prefix == MANIFEST.name:
            self._check_listed(key, new)
            self._check_age(old, new)
            return
        texts = {s.geometry.text for s in (*SIZES, *OTHER_SIZES) if s.name == prefix}
        possible = {f"{t} of ".encode() + b for t in texts for b in self._was[key]}
        if new.body not in possible:
            msg = "I5: a variant of an original that never existed"
            raise ViolationError(msg)
        self._check_age(old, new)

    def _check_rejection(
        self, key: str, old: Stored | None, new: Stored | None
    ) -> None:
        """Check that it is about a bad upload, and that nobody deletes it who knows it.

        Whoever works with an earlier original may delete it: its last look at the
        original then shows that, and another round writes it again.
        """
        if new is None:
            may_return = self._repeats() or self.restored
            about, known = (
                old and old.metadata["source"],
                self._writer().report.source_id,
            )
            if about == self.source(key) == known and not may_return:
                msg = "I15: the rejection of the present original was deleted"
                raise ViolationError(msg)
            return
        if new.metadata["source"] not in self._poisoned:
            msg = "I15: a good upload was rejected"
            raise ViolationError(msg)
        self._check_age(old, new)

    def _note_stale_copies(
        self, key: str, old: Stored | None, new: Stored | None
    ) -> None:
        """Caches may have what was replaced; a viewer's invocation leaves that."""
        writer = self._writer()
        after = new.metadata["source"] if new else writer.report.source_id
        if old and not writer.viewer and old.metadata["source"] != after:
            self._in_caches.add(key)

    def _writer(self) -> Worker:
        (writer,) = (one for one in self.workers if one.run is getcurrent())
        return writer

    def _check_listed(self, key: str, manifest: Stored) -> None:
        """The writer has left nothing that it saw to be stale."""
        writer = self._writer()
        for size in self.sizes:
            name = size.variant_key(key)
            found = self.s3.current(RESIZED, name)
            seen = self._written_at.get(name, 0) <= writer.looks.get(name, -1)
            if size.suffix or not found or not seen:
                continue
            if found.metadata["source"] != manifest.metadata["source"]:
                msg = "I13: a manifest lists a variant of another original"
                raise ViolationError(msg)

    def _check_age(self, old: Stored | None, new: Stored) -> None:
        if self.restored or old is None or old.body == new.body:
            return
        before, after = (self._ages[v.metadata["source"]] for v in (old, new))
        if after < before and not self._repeats():
            msg = "I6: an older image came back"
            raise ViolationError(msg)

    def _check_delete(self, prefix: str, key: str, old: Stored | None) -> None:
        (size,) = (size for size in self.sizes if size.name == prefix)
        if size.make == REQUEST and old and old.metadata["recipe"] != recipe(size):
            return  # stale
        if size.make == REQUEST and old and old.metadata["source"] != self.source(key):
            return
        if key not in self._reason_to_delete:
            msg = "I8: deleted though the original was always good"
            raise ViolationError(msg)
        if not old or self._repeats() or self.restored:
            return
        if old.metadata["source"] == self.source(key):
            msg = "I8: a variant of the present original was deleted"
            raise ViolationError(msg)

    def _repeats(self) -> bool:
        """Whether the same content was uploaded twice: then ETags cannot differ."""
        bodies = [body for was in self._was.values() for body in was]
        return len(set(bodies)) < len(bodies)

    def check_forgotten(self) -> None:
        """Check that caches have nothing stale (I14).

        If an invocation was killed, they may have what was replaced.
        """
        if any(not (self._killed and self.source(key)) for key in self._in_caches):
            msg = f"I14: caches may keep earlier images of {self._in_caches}"
            raise ViolationError(msg)

    def check_settled(self) -> None:
        """Check the invariants that hold when nothing is running (I1 to I4)."""
        expected: dict[str, tuple[bytes | None, str, str]] = {}
        optional: dict[str, tuple[bytes | None, str, str]] = {}
        for key in self.s3.buckets[ORIGINAL]:
            found = self.s3.current(ORIGINAL, key)
            source = self.source(key)
            if not found or found.body is None:
                continue
            if found.body.startswith(POISON):
                if source not in self.rejected:
                    msg = "I4: a rejected upload left no record"
                    raise ViolationError(msg)
                continue
            for size in self.sizes:
                body = None if size.suffix else image_of(found.body, size)
                wanted = expected if size.make == UPLOAD else optional
                made_by = recipe_of(size, self.sizes)
                wanted[size.variant_key(key)] = (body, source or "", made_by)
        self._check_rejections()
        there = self.variants().items()
        if not expected.items() <= there <= (expected | optional).items():
            msg = f"I1-I3: there is {dict(there)}, wanted {expected}, maybe {optional}"
            raise ViolationError(msg)

    def _check_rejections(self) -> None:
        """Check that each is about the present original (I15)."""
        recipe = combined_recipe(self.sizes)
        expected, there = {}, self.rejections()
        for key in self.s3.buckets[ORIGINAL]:
            found = self.s3.current(ORIGINAL, key)
            if found and found.body and found.body.startswith(POISON):
                expected[key] = (self.source(key) or "", recipe, "corrupt")
        if there != expected:
            msg = f"I15: rejections are {there}, wanted {expected}"
            raise ViolationError(msg)

    def rejections(self) -> dict[str, tuple[str, str, str]]:
        """By the keys of their originals."""
        return {
            name.partition("/")[2].removesuffix(REJECTION.suffix): (
                one.metadata["source"],
                one.metadata["recipe"],
                one.metadata["code"],
            )
            for name, (one,) in self.s3.buckets[RESIZED].items()
            if name.startswith(f"{REJECTION.name}/")
        }

    def variants(self) -> dict[str, tuple[bytes | None, str, str]]:
        """The variants and manifests, without the text of those."""
        return {
            name: (
                None if name.startswith(f"{MANIFEST.name}/") else one.body,
                one.metadata["source"],
                one.metadata["recipe"],
            )
            for name, (one,) in self.s3.buckets[RESIZED].items()
            if not name.startswith(f"{REJECTION.name}/")
        }

    def fingerprint(self) -> int:
        """A hash of the state, to count how many different ones were found."""
        originals = tuple(
            (key, self.source(key)) for key in sorted(self.s3.buckets[ORIGINAL])
        )
        at = sorted(
            (worker.key, worker.report.rounds, str(worker.stopped_at))
            for worker in self.workers
        )
        there = sorted(self.variants().items()), sorted(self.rejections().items())
        return hash((originals, str(there), str(at)))


def _stop(name: str, call: dict[str, Any]) -> str | None:
    """Stop before each call of an invocation; users' calls do not stop."""
    here = getcurrent()
    if here.parent is None:
        return None
    fault: str | None = here.parent.switch((name, call))
    return fault


@dataclass(frozen=True)
class Scenario:
    """What users do to one key, and what may go wrong meanwhile.

    Attributes:
        acts: A letter is an upload of it, "-" a delete, "<" the deletion of the newest
            version, "." a wait until nothing runs, ">" a sweep, "#" a sweep after
            other sizes were deployed, "?" a view of the first size.
        crashes, faults, doubles: How many may happen: an invocation dies and is
            retried, a call fails, an event arrives twice.
    """

    acts: str
    crashes: int = 0
    faults: tuple[str, ...] = ()
    doubles: int = 0
    versioned: bool = True

    def __str__(self) -> str:
        more = [f"{self.crashes} crashes"] * bool(self.crashes)
        more += [f"{self.doubles} doubles"] * bool(self.doubles)
        more += list(self.faults) + ["unversioned"] * (not self.versioned)
        return " ".join([self.acts, *more])


class Run:
    """One schedule of a scenario; `choose` picks what happens next."""

    def __init__(
        self, scenario: Scenario, choose: Callable[[int], int], world: World
    ) -> None:
        self._scenario, self._choose, self.world = scenario, choose, world
        self._acts = list(scenario.acts)
        self._crashes, self._doubles = scenario.crashes, scenario.doubles
        self._faults = list(scenario.faults)
        self.states: set[int] = set()

    def go(self) -> None:
        """Run until nothing more can happen; then the buckets must match."""
        while moves := self._moves():
            moves[self._choose(len(moves))]()
            self.states.add(self.world.fingerprint())
        self.world.check_settled()
        self.world.check_forgotten()
        self._again()

    def _again(self) -> None:
        """I12: another invocation writes nothing."""
        before = self.world.written
        worker = self.world.start("k", created=False)
        while worker.stopped_at:
            self.world.step(worker)
        if self.world.written != before:
            msg = "I12: written again although nothing had changed"
            raise ViolationError(msg)

    def _moves(self) -> list[Callable[[], None]]:
        moves: list[Callable[[], None]] = []
        # Running invocations keep the old sizes until they end.
        if self._acts and not (self._acts[0] in "#." and self.world.workers):
            moves.append(self._act)
        for worker in list(self.world.workers):
            moves.append(partial(self._step, worker, None))
            if self._crashes and not worker.viewer:
                moves.append(partial(self._crash, worker))
            if self._doubles and not worker.viewer:
                moves.append(partial(self._double, worker))
            moves += [partial(self._step, worker, fault) for fault in self._faults]
        return moves

    def _act(self) -> None:
        act, world = self._acts.pop(0), self.world
        if act == ".":
            return
        if act == "?":
            world.view("k")
            return
        if act == "#":
            world.sizes = world.other_sizes
        elif act == "-":
            world.delete("k")
        elif act == "<":
            world.delete("k", world.s3.buckets[ORIGINAL]["k"][-1].version)
        elif act != ">":
            world.put("k", act.encode())
        world.start("k", created=act not in "-<>#", removed=act in "-<")

    def _step(self, worker: Worker, fault: str | None) -> None:
        if fault:
            self._faults.remove(fault)
        self.world.step(worker, fault)
        if worker.ended in {None, "done", "rejected"}:
            return
        if not worker.viewer:
            self._retry(worker)
        elif worker.report.may_have_written:  # it leaves the key to the resizer
            self.world.start(worker.key, created=False)

    def _crash(self, worker: Worker) -> None:
        self._crashes -= 1
        self.world.crash(worker)
        self._retry(worker)

    def _double(self, worker: Worker) -> None:
        self._doubles -= 1
        self._again_for(worker)

    def _again_for(self, worker: Worker, tries: int = 0) -> None:
        created, removed = worker.created, worker.removed
        self.world.start(worker.key, created=created, removed=removed, tries=tries)

    def _retry(self, worker: Worker) -> None:
        if worker.tries > 5:
            msg = "I11: contended forever"
            raise ViolationError(msg)
        self._again_for(worker, worker.tries + 1)


def every(scenario: Scenario, make: Callable[[], World]) -> tuple[int, int]:
    """Run every schedule; return the numbers of schedules and of states."""
    path: list[list[int]] = []
    states: set[int] = set()
    runs = 0
    while True:
        depth = 0

        def choose(options: int) -> int:
            nonlocal depth
            if depth == len(path):
                path.append([0, options])
            depth += 1
            return path[depth - 1][0]

        run = Run(scenario, choose, make())
        run.go()
        runs, states = runs + 1, states | run.states
        while path and path[-1][0] == path[-1][1] - 1:
            path.pop()
        if not path:
            return runs, len(states)
        path[-1][0] += 1


def some(
    scenario: Scenario, make: Callable[[], World], pick: Callable[[int], int], runs: int
) -> int:
    """Run random schedules; return the number of states."""
    states: set[int] = set()
    for _ in range(runs):
        run = Run(scenario, pick, make())
        run.go()
        states |= run.states
    return len(states)
