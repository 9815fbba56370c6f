"""A model of the protocol: every interleaving of short histories, explored.

One key and one size. Users write and delete, S3 sends the events in any order,
invocations overlap, and one of them may die and be retried. A protocol is a set of
moves; the explorer follows all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Moves = Iterator[tuple["State", "Worker | None"]]
    Protocol = Callable[["State", "Worker"], Moves]


class Value(NamedTuple):
    """An original, or the variant made of it.

    Attributes:
        number: Which write made it; 0 if there is nothing.
        content: Its bytes, as a letter; "!" cannot be resized.
    """

    number: int = 0
    content: str = ""


NOTHING = Value()
UNSEEN = Value(-1)
"""Of a rejection: nobody has looked whether there is one."""

VIEW = "?"
"""Of an event: a viewer asks for the variant."""


class Worker(NamedTuple):
    """A running invocation: its event and what it has seen so far."""

    event: Value
    at: str = "begin"
    variant: Value = Value()
    original: Value = Value()
    rejection: Value = Value()
    assumed_new: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """Both buckets, the undelivered events and the running invocations.

    Attributes:
        manifest: What the manifest lists.
        rejection: Which original the rejection is about.
        stale_listed: Whether it was ever written by a worker that had seen an older
            variant, which was still there.
    """

    done: int = 0
    original: Value = NOTHING
    variant: Value = NOTHING
    manifest: Value = NOTHING
    rejection: Value = NOTHING
    stale_listed: bool = False
    pending: tuple[Value, ...] = ()
    workers: tuple[Worker, ...] = ()
    crashes: int = 0


def wanted(original: Value) -> Value:
    """What the resized bucket should hold."""
    return original if original.content not in ("", "!") else NOTHING


def naive(state: State, worker: Worker) -> Moves:
    """Do what the event says, as resizers usually do."""
    if worker.event.content == "":
        yield replace(state, variant=NOTHING), None
    elif worker.at == "begin":
        yield state, worker._replace(at="write", original=state.original)
    else:
        keep = wanted(worker.original) or state.variant
        yield replace(state, variant=keep), None


def sequenced(state: State, worker: Worker) -> Moves:
    """Store the event's sequencer with the variant; ignore older events."""
    if worker.at == "begin":
        if state.variant.number >= worker.event.number:
            yield state, None
        else:
            yield state, worker._replace(at="read")
    elif worker.event.content == "":
        yield replace(state, variant=NOTHING), None
    elif worker.at == "read":
        yield state, worker._replace(at="write", original=state.original)
    else:
        made = wanted(worker.original)
        number = worker.event.number if made.number else 0
        yield replace(state, variant=made._replace(number=number)), None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """The protocol of reconcile/loop.py; parts of it can be left out.

    Attributes:
        recheck: Look at the original again after a write.
        conditional: Write on the condition that the variant is the one looked at.
        variant_first: Look at the variant before the original is read.
        assume_new: First assume that an upload has no variant.
        on_request: Events only delete stale variants; viewers make the variant.
        manifest: When events write a manifest: "last", "first" or never.
        rejections: Write why an original is rejected, and delete that with it.
        unseen: When a first round deletes the rejection that it has not looked for:
            "before" or "after" the variant is written, "late", after the re-check, or
            never.
        recheck_rejection: Look at the original again after a rejection was written.
    """

    recheck: bool = True
    conditional: bool = True
    variant_first: bool = True
    assume_new: bool = False
    on_request: bool = False
    manifest: str = ""
    rejections: bool = False
    unseen: str = "after"
    recheck_rejection: bool = True

    def __call__(self, state: State, worker: Worker) -> Moves:
        """Follow one worker for one step."""
        match worker.at:
            case "begin" if worker.event.content == VIEW and state.variant != NOTHING:
                yield state, None  # S3 sends it
            case "begin" if self.assume_new and worker.event.content != "":
                rejection = UNSEEN if self.unseen else NOTHING
                assuming = worker._replace(at="assume-new", assumed_new=True)
                yield state, assuming._replace(rejection=rejection)
            case "begin":
                yield state, self._new_round(worker)
            case "assume-new":
                yield state, self._assumed(state, worker)
            case "look":
                yield state, self._looked(state, worker)
            case "read":
                yield state, self._read(state, worker)
            case "list":
                yield self._listed(state, worker)
            case "write":
                yield self._written(state, worker)
            case "recheck":
                yield state, self._rechecked(state, worker)
            case _:
                yield self._of_rejection(state, worker)

    def _of_rejection(
        self, state: State, worker: Worker
    ) -> tuple[State, Worker | None]:
        if worker.at == "look-for-rejection":
            return state, worker._replace(at="read", rejection=state.rejection)
        unseen = worker.rejection == UNSEEN
        if worker.at == "delete-rejection" and unseen:
            return self._of_unseen(state, worker)
        if state.rejection != (NOTHING if unseen else worker.rejection):
            return state, self._new_round(worker)
        if worker.at == "delete-rejection":
            after = replace(state, rejection=NOTHING)
            return after, worker._replace(at="write", deleted=True)
        checking = worker._replace(at="recheck")
        if worker.rejection == worker.original:
            return state, checking if self.recheck and worker.deleted else None
        after = replace(state, rejection=worker.original)
        return after, checking if self.recheck_rejection else None

    def _looked(self, state: State, worker: Worker) -> Worker:
        at = "read" if self.variant_first else "write"
        replaces = worker.assumed_new and state.variant != NOTHING
        if self.rejections and not replaces:
            at = "look-for-rejection"
        found = worker._replace(at=at, variant=state.variant, assumed_new=False)
        return found._replace(deleted=False)

    def _assumed(self, state: State, worker: Worker) -> Worker:
        if wanted(state.original) == NOTHING:
            return self._new_round(worker)
        first = self.rejections and self.unseen == "before"
        at = "delete-rejection" if first else "write"
        return worker._replace(at=at, original=state.original)

    def _of_unseen(self, state: State, worker: Worker) -> tuple[State, Worker | None]:
        """Delete whatever is there; then continue with what is next."""
        then = "write"
        if worker.assumed_new and self.unseen != "before":
            then = "recheck"
        after = worker._replace(at=then, rejection=NOTHING, deleted=True)
        late = worker.assumed_new and self.unseen == "late"
        return replace(state, rejection=NOTHING), None if late else after

    def _rechecked(self, state: State, worker: Worker) -> Worker | None:
        if state.original != worker.original:
            return self._new_round(worker)
        if self._deletes_unseen(worker, "late"):
            return worker._replace(at="delete-rejection")
        return None

    def _deletes_unseen(self, worker: Worker, when: str) -> bool:
        return self.rejections and worker.assumed_new and self.unseen == when

    def _read(self, state: State, worker: Worker) -> Worker:
        at = "write" if self.variant_first else "look"
        if worker.rejection != NOTHING and state.original.content != "!":
            at = "delete-rejection"
        if self.manifest == "first" and worker.event.content != VIEW:
            at = "list"
        return worker._replace(at=at, original=state.original)

    def _new_round(self, worker: Worker) -> Worker:
        return worker._replace(at="look" if self.variant_first else "read")

    def _written(self, state: State, worker: Worker) -> tuple[State, Worker | None]:
        goal = wanted(worker.original)
        is_view = worker.event.content == VIEW
        if self.on_request and not is_view and goal != worker.variant:
            goal = NOTHING
        then = "list" if self.manifest == "last" and not is_view else "recheck"
        if self.rejections and worker.original.content == "!":
            then = "reject"
        if goal == worker.variant and then == "recheck":
            # nothing to do, so nothing to check again
            return state, worker._replace(at="recheck") if worker.deleted else None
        # A condition compares the ETag, which depends on the content alone.
        if self.conditional and state.variant.content != worker.variant.content:
            return state, self._new_round(worker)
        after = replace(state, variant=goal)
        if then == "reject":
            return after, worker._replace(at=then, deleted=goal != worker.variant)
        if then == "recheck" and self._deletes_unseen(worker, "after"):
            then = "delete-rejection"
        return after, worker._replace(at=then) if self.recheck else None

    def _listed(self, state: State, worker: Worker) -> tuple[State, Worker]:
        at = "write" if self.manifest == "first" else "recheck"
        listed = wanted(worker.original)
        seen = state.variant == worker.variant
        stale = seen and state.variant not in (NOTHING, listed) and listed != NOTHING
        stale = state.stale_listed or stale
        after = replace(state, manifest=listed, stale_listed=stale)
        return after, worker._replace(at=at)


@dataclass(frozen=True, slots=True)
class Explored:
    """What the explorer found.

    Attributes:
        states: The number of different states.
        diverged: A final state in which the buckets do not match, or None.
        regressions: Steps in which an older variant replaced a newer one.
        stale_listed: Whether a manifest was written before what was seen to be stale
            was deleted.
    """

    states: int
    diverged: State | None
    regressions: int
    stale_listed: bool


def is_current(state: State) -> bool:
    """Whether the variant is that of the original."""
    return state.variant.content == wanted(state.original).content


def is_current_or_missing(state: State) -> bool:
    """Whether it is that, or as if never asked for."""
    return is_current(state) or state.variant == NOTHING


def is_rejected_rightly(state: State) -> bool:
    """Whether also the rejection is about the original, or missing if that is good."""
    wrong = state.original if state.original.content == "!" else NOTHING
    return state.rejection == wrong and is_current(state)


def explore(
    history: str,
    protocol: Protocol,
    *,
    crashes: int = 0,
    viewers_crash: bool = False,
    is_right: Callable[[State], bool] = is_current,
) -> Explored:
    """Follow every interleaving of a history.

    Args:
        history: "AB-?" is write A, write B, delete, view.
        protocol: What an invocation does.
        crashes: How many invocations may die; Lambda retries events.
        viewers_crash: Whether those for viewers may die, too; nobody retries them.
        is_right: Whether the buckets may end in a state.
    """
    states, frontier = {State(crashes=crashes)}, [State(crashes=crashes)]
    diverged, regressions = None, 0
    while frontier:
        state = frontier.pop()
        followers = list(_next(state, history, protocol, viewers_crash))
        if not followers and not is_right(state):
            diverged = state
        for follower in followers:
            older = 0 < follower.variant.number < state.variant.number
            regressions += older
            if follower not in states:
                states.add(follower)
                frontier.append(follower)
    stale_listed = any(state.stale_listed for state in states)
    return Explored(len(states), diverged, regressions, stale_listed)


def _next(
    state: State,
    history: str,
    protocol: Protocol,
    viewers_crash: bool,  # noqa: FBT001 - private
) -> Iterator[State]:
    if state.done < len(history):
        yield _acted(state, history[state.done])
    for index, event in enumerate(state.pending):
        rest = state.pending[:index] + state.pending[index + 1 :]
        started = (*state.workers, Worker(event))
        yield replace(state, pending=rest, workers=_sorted(started))
    for index, worker in enumerate(state.workers):
        others = state.workers[:index] + state.workers[index + 1 :]
        viewer = worker.event.content == VIEW
        if state.crashes and (viewers_crash or not viewer):
            again = state.pending if viewer else (*state.pending, worker.event)
            yield replace(
                state,
                pending=tuple(sorted(again)),
                workers=others,
                crashes=state.crashes - 1,
            )
        for after, next_worker in protocol(state, worker):
            workers = (*others, next_worker) if next_worker else others
            yield replace(after, workers=_sorted(workers))


def _acted(state: State, act: str) -> State:
    number = state.done + 1
    content = "" if act == "-" else act
    original = Value(number, content) if content else NOTHING
    if act == VIEW:
        original = state.original
    event = Value(number, content)
    pending = tuple(sorted((*state.pending, event)))
    return replace(state, done=number, original=original, pending=pending)


def _sorted(workers: tuple[Worker, ...]) -> tuple[Worker, ...]:
    return tuple(sorted(workers))
