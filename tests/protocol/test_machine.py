"""Random sequences of uploads, deletes, faults and invocations.

Whatever was duplicated, late, disturbed or killed on the way: in the end both buckets
match, if an event was lost after a sweep.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from resize_on_upload.reconcile import loop, variants
from tests.protocol.explorer import (
    ORIGINAL,
    OTHER_SIZES,
    SIZES,
    Worker,
    World,
    in_turn,
)
from tests.support.fake_s3 import FAULTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pytest

KEYS = st.sampled_from(["k", "k", "k", "a/b c.png"])
BODIES = st.sampled_from([b"A", b"B", b"C", b"!", b"! again"])

_steps = {"steps": 0, "machines": 0}


class Buckets(RuleBasedStateMachine):
    """Each rule is something that can happen."""

    @initialize(
        versioned=st.booleans(),
        immediate=st.booleans(),
        lossy=st.sampled_from([False, False, True]),
    )
    def begin(self, *, versioned: bool, immediate: bool, lossy: bool) -> None:
        self.world = World(versioned)
        self.immediate, self.lossy, self.lost = immediate, lossy, False
        self.pending: list[tuple[str, bool]] = []
        _steps["machines"] += 1

    @rule(key=KEYS, body=BODIES)
    def put(self, key: str, body: bytes) -> None:
        self.world.put(key, body)
        self._notify(key, created=True)

    @rule(key=KEYS)
    def put_the_same_again(self, key: str) -> None:
        found = self.world.s3.current(ORIGINAL, key)
        self.world.put(key, found.body if found and found.body else b"A")
        self._notify(key, created=True)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        if self.world.s3.buckets[ORIGINAL].get(key):
            self.world.delete(key)
            self._notify(key, created=False)

    @rule(key=KEYS, data=st.data())
    def delete_a_version(self, key: str, data: st.DataObject) -> None:
        """Deleting a marker undeletes; deleting the newest restores the one before."""
        versions = self.world.s3.buckets[ORIGINAL].get(key)
        if versions and self.world.versioned:
            self.world.delete(key, data.draw(st.sampled_from(versions)).version)
            self._notify(key, created=False)

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), twice=st.sampled_from([False] * 5 + [True]))
    def deliver(self, data: st.DataObject, twice: bool) -> None:  # noqa: FBT001 - drawn
        """In any order."""
        key, created = event = data.draw(st.sampled_from(self.pending))
        if not twice:
            self.pending.remove(event)
        self.world.start(key, created=created)

    @precondition(lambda self: self.lossy and self.pending)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        self.pending.remove(data.draw(st.sampled_from(self.pending)))
        self.lost = True

    @precondition(lambda self: self.world.workers)
    @rule(data=st.data(), calls=st.integers(1, 4))
    def advance(self, data: st.DataObject, calls: int) -> None:
        worker = data.draw(st.sampled_from(self.world.workers))
        for _ in range(calls):
            if worker.stopped_at:
                self._step(worker, None)

    @precondition(lambda self: self.world.workers)
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """One overtakes all others."""
        worker = data.draw(st.sampled_from(self.world.workers))
        while worker.stopped_at:
            self._step(worker, None)

    @precondition(lambda self: self.world.workers)
    @rule(data=st.data(), fault=st.sampled_from(FAULTS))
    def disturb(self, data: st.DataObject, fault: str) -> None:
        self._step(data.draw(st.sampled_from(self.world.workers)), fault)

    @precondition(lambda self: self.world.workers)
    @rule(data=st.data())
    def crash(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from(self.world.workers))
        self.world.crash(worker)
        self._again(worker)

    @precondition(lambda self: self.lossy and not self.world.workers)
    @rule(sizes=st.sampled_from([SIZES, OTHER_SIZES]))
    def change_sizes(self, sizes: Any) -> None:
        self.lost = self.lost or sizes != self.world.sizes
        self.world.sizes = sizes

    @precondition(lambda self: self.lossy)
    @rule()
    def sweep(self) -> None:
        """As backfill and prune do: invoke for every key of either bucket."""
        for key in self._keys():
            self.world.start(key, created=False)

    @invariant()
    def bounded(self) -> None:
        _steps["steps"] += 1
        rounds = [w.report.rounds for w in getattr(self, "world", World()).workers]
        assert all(number <= loop.MAX_ROUNDS for number in rounds)  # I11

    def teardown(self) -> None:
        """Deliver and finish everything; after a lost event, sweep."""
        if not hasattr(self, "world"):
            return
        for key, created in self.pending:
            self.world.start(key, created=created)
        self._drain()
        if self.lost:
            self.sweep()
            self._drain()
        self.world.check_settled()
        before = self.world.written
        self.sweep()
        self._drain()
        assert self.world.written == before  # I12

    def _notify(self, key: str, *, created: bool) -> None:
        """S3 invokes immediately, or later."""
        if self.immediate:
            self.world.start(key, created=created)
        else:
            self.pending.append((key, created))

    def _drain(self) -> None:
        while self.world.workers:  # the oldest last: what it saw is oldest
            self._step(self.world.workers[-1], None)

    def _step(self, worker: Worker, fault: str | None) -> None:
        self.world.step(worker, fault)
        if worker.ended not in (None, "done", "rejected"):
            self._again(worker)

    def _again(self, worker: Worker) -> None:
        """Lambda retries."""
        self.world.start(worker.key, created=worker.created)

    def _keys(self) -> Sequence[str]:
        originals = set(self.world.s3.buckets[ORIGINAL])
        resized = {name.partition("/")[2] for name in self.world.variants()}
        return sorted(originals | resized | self.world.rejections().keys())


def test_both_buckets_match_in_the_end(
    monkeypatch: pytest.MonkeyPatch, print_at_end: Callable[[str], None]
) -> None:
    """Invariants I1 to I15 of the protocol, at every step and at the end."""
    monkeypatch.setattr("time.sleep", lambda _: None)
    monkeypatch.setattr(variants, "in_parallel", in_turn)
    run_state_machine_as_test(
        Buckets,
        settings=settings(
            max_examples=400,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print_at_end(f"  machine: {_steps['machines']} worlds, {_steps['steps']} steps")
