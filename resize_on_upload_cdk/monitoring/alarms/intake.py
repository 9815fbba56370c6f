"""The alarm on the queue of uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from resize_on_upload_cdk.monitoring.alarms.alarm import Alarm

if TYPE_CHECKING:
    from resize_on_upload_cdk.intake.queue import IntakeQueue

MAX_AGE_MINUTES = 30
"""A burst of 600,000 uploads is over in three."""


def alarm(intake: IntakeQueue) -> Alarm:
    """The alarm on uploads that wait for long."""
    queue = intake.queue
    return Alarm(
        "UploadsWaiting",
        queue.metric_approximate_age_of_oldest_message(
            statistic="Maximum", period=cdk.Duration.minutes(5)
        ),
        60 * MAX_AGE_MINUTES,
        f"An upload has waited in the queue {queue.queue_name} for "
        f"{MAX_AGE_MINUTES} minutes. The queue keeps uploads for 14 days; those that "
        "fail 30 times go to the failed queue.\n"
        "Look at the alarms Errors and Throttles, at throttled in the log, and raise "
        "the setting reservedConcurrency if the queue only grows.",
    )
