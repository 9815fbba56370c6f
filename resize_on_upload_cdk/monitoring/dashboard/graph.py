"""A graph of the dashboard: a third of its width, a unit for each axis."""

from __future__ import annotations

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch

PERIOD = cdk.Duration.minutes(5)


def graph(
    title: str,
    label: str,
    *metrics: cloudwatch.IMetric,
    right: tuple[str, cloudwatch.IMetric] | None = None,
) -> cloudwatch.GraphWidget:
    """A graph whose left axis has the unit `label`.

    Args:
        title: Above the graph.
        label: The unit of `metrics`.
        metrics: For the left axis.
        right: The unit of the right axis, and its metric.
    """
    return cloudwatch.GraphWidget(
        title=title,
        left=list(metrics),
        left_y_axis=_axis(label),
        right=[right[1]] if right else [],
        right_y_axis=_axis(right[0]) if right else None,
        width=8,
        height=6,
    )


def _axis(label: str) -> cloudwatch.YAxisProps:
    return cloudwatch.YAxisProps(label=label, min=0, show_units=False)
