"""The alarm on the queue of uploads, and its row of the dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk

from resize_on_upload_cdk.monitoring.alarm import Alarm
from resize_on_upload_cdk.monitoring.graph import PERIOD, graph

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

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


def graphs(intake: IntakeQueue) -> list[cloudwatch.GraphWidget]:
    """How many uploads wait and for how long, and how many come and go."""
    queue = intake.queue
    return [
        graph(
            "Queue: uploads that wait, age of the oldest in seconds",
            "uploads",
            queue.metric_approximate_number_of_messages_visible(
                period=PERIOD, label="waiting"
            ),
            queue.metric_approximate_number_of_messages_not_visible(
                period=PERIOD, label="in work, or to be retried"
            ),
            right=(
                "seconds",
                queue.metric_approximate_age_of_oldest_message(
                    period=PERIOD, label="age of the oldest"
                ),
            ),
        ),
        graph(
            "Queue: uploads that came, and that were processed",
            "uploads",
            queue.metric_number_of_messages_sent(period=PERIOD, label="came"),
            queue.metric_number_of_messages_deleted(period=PERIOD, label="processed"),
        ),
    ]
