"""The dashboard's row about the queue of uploads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload_cdk.monitoring.dashboard.graph import PERIOD, graph

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch

    from resize_on_upload_cdk.intake.queue import IntakeQueue


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
