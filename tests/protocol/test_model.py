"""Why the protocol is as it is: every part of it, left out, goes wrong somewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.protocol.model import explore, naive, reconciled, sequenced

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.protocol.model import Protocol

# Write A, write B, delete; "!" cannot be resized.
HISTORIES = ("AB", "ABA", "A-", "A-B", "AB-", "A!", "A!B")

OURS = reconciled(blind=True)

# What is left out, and where it then ends with buckets that do not match.
WRONG: list[tuple[str, Protocol, set[str]]] = [
    ("naive", naive, set(HISTORIES)),
    ("sequencer-only", sequenced, set(HISTORIES)),
    ("neither", reconciled(recheck=False, conditional=False), set(HISTORIES)),
    ("no-re-check", reconciled(recheck=False), {"ABA", "A-", "AB-", "A!"}),
]

# What converges, but shows people an older picture again on the way.
JUMPY = [
    ("no-condition", reconciled(conditional=False)),
    ("original-first", reconciled(variant_first=False)),
]


@pytest.mark.parametrize("crashes", [0, 1])
def test_ours_converges_in_every_interleaving(
    crashes: int, tell: Callable[[str], None]
) -> None:
    """Also when an invocation dies anywhere and its event comes again."""
    states = 0
    for history in HISTORIES:
        found = explore(history, OURS, crashes=crashes)
        states += found.states
        assert not found.diverged, (history, found.diverged)
        if history != "ABA":  # one content twice has one ETag; it heals itself
            assert found.regressions == 0, history
    tell(f"  model, {crashes} crashes: {states} states")


@pytest.mark.parametrize(
    ("protocol", "where"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_less_than_ours_diverges(protocol: Protocol, where: set[str]) -> None:
    found = {history for history in HISTORIES if explore(history, protocol).diverged}
    assert found == where


@pytest.mark.parametrize(
    "protocol", [row[1] for row in JUMPY], ids=[r[0] for r in JUMPY]
)
def test_less_than_ours_goes_back_in_time(protocol: Protocol) -> None:
    results = [explore(history, protocol) for history in HISTORIES]
    assert not any(found.diverged for found in results)
    assert sum(found.regressions for found in results) > 0


def test_a_lost_event_is_for_the_sweep() -> None:
    """Nothing can converge on what it is not told of: `plan` and `backfill` do."""
    states = explore("A", lambda _state, _worker: iter(()))
    assert states.diverged
