"""One key: whatever happened to its original, the resized bucket comes to match it.

Nothing an event says is believed but that the key may have changed. So events may come
twice, late, in any order or be merged, and invocations may overlap or die anywhere:

    for at most five rounds:
        look at the variants                  before the original is read: a write that
        read the original                     then still finds them is not of the past
        make all that is missing or stale     before the first write
        write or delete, each on the condition that it is still what was looked at
        look at the original again            another one by now: another round

A new upload has no variants yet, so its first round does not look: a write that finds
one fails its condition, and the next round looks. tests/unit/test_model.py explores
what happens without any one of these lines.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from ..errors import Contended
from .round import Reconciliation

if TYPE_CHECKING:
    from .config import ReconcileConfig
    from .report import Report

MAX_ROUNDS = 5

FOLDER_MARKER = "a folder marker"


def reconcile(
    key: str, config: ReconcileConfig, report: Report, *, created: bool = False
) -> None:
    """Make the resized bucket hold, for `key`, what the original bucket says.

    Args:
        key: Of the original.
        config: The buckets, the sizes and the image job.
        report: Filled in on the way.
        created: The key may be new: try first without looking what is there.

    Raises:
        Rejected: the original cannot be resized; no size of it is there any more.
        Failed: S3 did not play along; run it again.
    """
    if key.endswith("/"):
        report.skipped = FOLDER_MARKER
        return
    reconciliation = Reconciliation(key, config, report)
    for number in range(1, MAX_ROUNDS + 1):
        if number > 2:  # noqa: PLR2004 - the second may just follow a blind first
            time.sleep(random.uniform(0, 0.03 * 2**number))  # noqa: S311 - jitter
        report.rounds = number
        if reconciliation.run_round(assume_new=created and number == 1):
            break
    else:
        msg = f"others kept writing {key} through {MAX_ROUNDS} rounds"
        raise Contended(msg)
    if reconciliation.rejection:
        raise reconciliation.rejection
