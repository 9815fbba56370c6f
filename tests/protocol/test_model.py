"""Why the protocol needs each of its parts: without it, some history ends wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.protocol.model import (
    Reconciled,
    explore,
    is_current_or_missing,
    is_rejected_rightly,
    naive,
    sequenced,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.protocol.model import Protocol

# Write A, write B, delete; "!" cannot be resized.
HISTORIES = ("AB", "ABA", "A-", "A-B", "AB-", "A!", "A!B")

SHIPPED = Reconciled(assume_new=True)

# What is left out, and the histories that then end with buckets that do not match.
WRONG: list[tuple[str, Protocol, set[str]]] = [
    ("naive", naive, set(HISTORIES)),
    ("sequencer-only", sequenced, set(HISTORIES)),
    ("neither", Reconciled(recheck=False, conditional=False), set(HISTORIES)),
    ("no-re-check", Reconciled(recheck=False), {"ABA", "A-", "AB-", "A!"}),
]

# Protocols that converge, but temporarily replace a newer variant by an older one.
REGRESSING = [
    ("no-condition", Reconciled(conditional=False)),
    ("original-first", Reconciled(variant_first=False)),
]


@pytest.mark.parametrize("crashes", [0, 1])
def test_the_protocol_converges_in_every_interleaving(
    crashes: int, print_at_end: Callable[[str], None]
) -> None:
    """Even if an invocation dies anywhere and its event is retried."""
    states = 0
    for history in HISTORIES:
        found = explore(history, SHIPPED, crashes=crashes)
        states += found.states
        assert not found.diverged, (history, found.diverged)
        if (
            history != "ABA"
        ):  # equal contents have equal ETags; the last look corrects it
            assert found.regressions == 0, history
    print_at_end(f"  model, {crashes} crashes: {states} states")


@pytest.mark.parametrize(
    ("protocol", "where"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG]
)
def test_a_protocol_without_one_part_diverges(
    protocol: Protocol, where: set[str]
) -> None:
    found = {history for history in HISTORIES if explore(history, protocol).diverged}
    assert found == where


@pytest.mark.parametrize(
    "protocol", [row[1] for row in REGRESSING], ids=[r[0] for r in REGRESSING]
)
def test_a_protocol_without_one_part_regresses(protocol: Protocol) -> None:
    results = [explore(history, protocol) for history in HISTORIES]
    assert not any(found.diverged for found in results)
    assert sum(found.regressions for found in results) > 0


VIEWS = ("A?", "A?-", "A?!", "A?B", "A??-", "A-?B", "A?B?")

ON_REQUEST = Reconciled(on_request=True)


@pytest.mark.parametrize("crashes", [0, 1])
def test_model_holds_with_viewers(
    crashes: int, print_at_end: Callable[[str], None]
) -> None:
    """A variant that is made on request is current or missing in the end."""
    states = 0
    for history in VIEWS:
        found = explore(
            history, ON_REQUEST, crashes=crashes, is_right=is_current_or_missing
        )
        states += found.states
        assert not found.diverged, (history, found.diverged)
        assert found.regressions == 0, history
    print_at_end(f"  model with viewers, {crashes} crashes: {states} states")


def test_a_viewers_invocation_that_dies_may_leave_a_stale_variant() -> None:
    """Between its write and its check; any later event removes what it left."""
    found = explore(
        "A?-", ON_REQUEST, crashes=1, viewers_crash=True, is_right=is_current_or_missing
    )
    assert found.diverged
    assert found.diverged.variant.content == "A"


def test_viewers_without_a_re_check_leave_stale_variants() -> None:
    careless = Reconciled(on_request=True, recheck=False)
    assert explore("A?-", careless, is_right=is_current_or_missing).diverged


@pytest.mark.parametrize(("when", "stale"), [("last", False), ("first", True)])
def test_a_manifest_is_written_when_nothing_it_lists_is_stale(
    when: str,
    stale: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """Of what the invocation has seen: its URLs would show an older image."""
    protocol = Reconciled(on_request=True, manifest=when)
    for crashes in (0, 1):
        found = explore(
            "A?B", protocol, crashes=crashes, is_right=is_current_or_missing
        )
        assert not found.diverged
        assert found.stale_listed == stale


BAD = ("!", "!-", "!A", "A!", "!!", "!A-", "!-!", "!A!")

REJECTING = Reconciled(assume_new=True, rejections=True)


@pytest.mark.parametrize("unseen", ["before", "after"])
@pytest.mark.parametrize("crashes", [0, 1])
def test_a_rejection_converges_in_every_interleaving(
    crashes: int, unseen: str, print_at_end: Callable[[str], None]
) -> None:
    """A bad original has one, all others have none.

    A good upload deletes it while the variants are written: before or after.
    """
    protocol = replace(REJECTING, unseen=unseen)
    states = 0
    for history in BAD[: 5 if crashes else None]:
        found = explore(
            history, protocol, crashes=crashes, is_right=is_rejected_rightly
        )
        states += found.states
        assert not found.diverged, (history, found.diverged)
        assert found.regressions == 0, history
    print_at_end(f"  model with rejections, {crashes} crashes: {states} states")


@pytest.mark.parametrize(
    ("protocol", "where"),
    [
        (Reconciled(assume_new=True), {"!", "A!", "!!", "!-!", "!A!"}),
        (replace(REJECTING, recheck_rejection=False), {"!-", "!A", "!A-"}),
        (replace(REJECTING, unseen=""), {"!A"}),
        (replace(REJECTING, unseen="late"), {"A!", "!A!"}),
    ],
    ids=["none-written", "no-re-check", "none-deleted", "deleted-after-the-re-check"],
)
def test_a_rejection_without_one_part_diverges(
    protocol: Protocol, where: set[str]
) -> None:
    found = {
        h for h in BAD if explore(h, protocol, is_right=is_rejected_rightly).diverged
    }
    assert found == where


def test_a_lost_event_needs_a_sweep() -> None:
    """Nothing converges without an event: `plan` and `backfill` are for that."""
    states = explore("A", lambda _state, _worker: iter(()))
    assert states.diverged
