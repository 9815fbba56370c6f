"""After hundreds of uploads through the local stack both buckets match."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from local.load import load

if TYPE_CHECKING:
    from collections.abc import Callable

UPLOADS = 250
"""`make load` uploads twice as many."""

KILLED = re.compile("SIGKILL|killed 3 times, not by the image")


@pytest.mark.parametrize("kill", [False, True], ids=["healthy", "killed-at-random"])
def test_under_load_both_buckets_match(
    kill: bool,  # noqa: FBT001 - a table
    print_at_end: Callable[[str], None],
) -> None:
    """`plan` finds nothing to do, twice, and a backfill in between writes nothing.

    A failed attempt is retried; only kills may cause one, three in a row for one image.
    """
    found = load.run(kill=kill, uploads=UPLOADS)
    print_at_end(load.report(found))
    assert found.plans == ["Nothing to do."] * 2
    assert found.rewritten == 0
    assert found.counts["uploads"] == UPLOADS
    assert found.counts["resized"] >= UPLOADS * 0.8
    assert kill or found.counts["removed"] > 0
    assert bool(found.counts["killed"]) == kill
    assert bool(found.counts["decoders killed"]) == kill
    unexplained = [one for one in found.failures if not (kill and KILLED.search(one))]
    assert (found.wrongly_rejected, unexplained) == ([], [])
