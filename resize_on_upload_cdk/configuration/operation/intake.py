"""The setting of how uploads reach the function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from resize_on_upload_cdk.configuration import parsers
from resize_on_upload_cdk.configuration.setting import Setting

if TYPE_CHECKING:
    from collections.abc import Mapping

FUNCTION: Final = "function"
QUEUE: Final = "queue"
DRAINING: Final = "draining"

MIN_CONCURRENCY = 2
"""Of what polls a queue.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""

SETTINGS: dict[str, Setting] = {
    "intake": Setting(
        parsers.one_of((FUNCTION, QUEUE, DRAINING)),
        "must be function, queue or draining",
        (
            "where S3 sends uploads: `function`, at once; `queue`, through "
            "[a queue](scale.md#through-a-queue) that keeps them for 14 days; "
            "`draining`, to the function, while it empties the queue"
        ),
        FUNCTION,
    )
}


def mistakes(values: Mapping[str, Any]) -> list[str]:
    """Return why the function cannot read a queue, if so."""
    concurrency = values["reservedConcurrency"]
    if values["intake"] in (None, FUNCTION) or not concurrency:
        return []
    if concurrency >= MIN_CONCURRENCY:
        return []
    mistake = (
        f"context reservedConcurrency='{concurrency}': a queue is read by "
        f"{MIN_CONCURRENCY} invocations at a time or more, so with "
        f"intake={values['intake']!r} it must be at least {MIN_CONCURRENCY}, or empty"
    )
    return [mistake]
