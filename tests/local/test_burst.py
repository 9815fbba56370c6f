"""A burst of uploads during a backfill, while S3 is overloaded: nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from local.load import burst, burst_outcome

if TYPE_CHECKING:
    from collections.abc import Callable

UPLOADS, LIBRARY = 60, 30
"""`make load THROTTLE=1 BACKFILL=1 UPLOADS=5000` shows the same with more."""


@pytest.mark.parametrize("intake", ["function", "queue"])
def test_nothing_is_lost(intake: str, print_at_end: Callable[[str], None]) -> None:
    wanted = burst.Burst(UPLOADS, is_throttled=True, library=LIBRARY, intake=intake)
    found = burst.run(wanted)
    print_at_end(burst_outcome.table(found))
    assert found.refused > 0
    assert (found.lost, found.failed, found.plan) == ([], 0, "Nothing to do.")
    assert len(found.work.made) == UPLOADS + LIBRARY
    assert (found.work.counts["failed"], found.work.counts["made twice"]) == (0, 0)
