"""Reconcile one key: whatever happened to its original, its variants converge.

Reconciliation is level-based: an event only says that a key may have changed; what to
do follows from the current state of both buckets. So events may arrive twice, late, in
any order or merged, and invocations may overlap or die anywhere:

    for at most five rounds:
        look at the variants                  before the original, so that a conditional
        read the original                     write never replaces a newer variant
        make all that is missing or stale     before the first write
        write or delete, on the condition that each variant still is as it was seen
        delete its rejection meanwhile        it may be that of a newer original
        write the manifest last               once nothing that it lists is stale
        or write why it is rejected           once nothing is left of its variants
        look at the original again            another round if it has changed

A new upload has no variants yet, so its first round does not look for them: if there
is one, the conditional write fails, and the next round looks. Nor does it look for a
rejection: it deletes whatever is there, and so needs no look. What happens without
each of these lines is explored in tests/protocol/test_model.py.
"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

from ..errors import Contended
from ..reasons import Reason
from .round import Reconciliation

if TYPE_CHECKING:
    from .config import ReconcileConfig
    from .report import Report

MAX_ROUNDS = 5


def reconcile(
    key: str, config: ReconcileConfig, report: Report, *, created: bool = False
) -> None:
    """Bring the variants of `key` in line with its original.

    Args:
        key: The original's.
        config: The buckets, the sizes and the image job.
        report: Filled in on the way.
        created: The key may be new: first assume that it has no variants.

    Raises:
        Rejected: the original cannot be resized; its variants have been deleted.
        Failed: S3 failed or others kept writing; retry.
    """
    if key.endswith("/"):
        report.skipped = Reason.FOLDER_MARKER
        return
    reconciliation = Reconciliation(key, config, report)
    for number in range(1, MAX_ROUNDS + 1):
        if number > 2:  # noqa: PLR2004 - the second usually just follows an optimistic first
            time.sleep(random.uniform(0, 0.03 * 2**number))  # noqa: S311 - jitter
        report.rounds = number
        if reconciliation.run_round(assume_new=created and number == 1):
            break
    else:
        msg = f"others kept writing {key} through {MAX_ROUNDS} rounds"
        raise Contended(msg)
    if reconciliation.rejection:
        raise reconciliation.rejection
