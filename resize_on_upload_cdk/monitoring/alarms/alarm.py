"""One alarm: what it measures, and the text of its e-mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import aws_cloudwatch as cloudwatch

if TYPE_CHECKING:
    from constructs import Construct


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm.

    Attributes:
        description: What it means and which commands to run; with the link to the
            dashboard, at most 1,024 characters.
        datapoints: How many of the last `periods` must reach the threshold; None: all.
    """

    name: str
    metric: cloudwatch.IMetric
    threshold: float
    description: str
    periods: int = 1
    datapoints: int | None = None

    def create(self, scope: Construct, stack: str, link: str) -> cloudwatch.Alarm:
        """Create it under a name that begins with the stack's.

        Args:
            scope: What it belongs to.
            stack: The name of the stack.
            link: Added to the description.
        """
        return cloudwatch.Alarm(
            scope,
            self.name,
            alarm_name=f"{stack}-{self.name}",
            alarm_description=self.description + link,
            metric=self.metric,
            threshold=self.threshold,
            evaluation_periods=self.periods,
            datapoints_to_alarm=self.datapoints,
            comparison_operator=(
                cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
            ),
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
