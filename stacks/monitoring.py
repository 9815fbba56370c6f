"""Alarms: what must not go unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

if TYPE_CHECKING:
    from stacks.resizer import Resizer

MOST_REJECTED = 100
"""Rejected uploads in a quarter of an hour; somebody sends what is no picture."""


class Monitoring(Construct):
    """An alarm for each of the two queues."""

    def __init__(
        self, scope: Construct, construct_id: str, *, resizer: Resizer
    ) -> None:
        super().__init__(scope, construct_id)
        self._alarm(
            "UploadsFailed",
            resizer.failed_queue.metric_approximate_number_of_messages_visible(
                statistic="Maximum", period=cdk.Duration.minutes(1)
            ),
            1,
            "Uploads failed on our side, after their retries. The failed queue holds "
            "them: look at the log, mend the cause, run resize-on-upload redrive.",
        )
        self._alarm(
            "ManyRejected",
            resizer.rejected_queue.metric_number_of_messages_sent(
                statistic="Sum", period=cdk.Duration.minutes(15)
            ),
            MOST_REJECTED,
            "Many uploads cannot be resized. The rejected queue holds a record of "
            "each, with its cause.",
        )

    def _alarm(
        self, name: str, metric: cloudwatch.Metric, threshold: int, text: str
    ) -> None:
        cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=(
                cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            alarm_description=text,
        )
