"""What a stack with the default settings costs while nothing is uploaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from resize_on_upload_cli.costs.prices import PRICES

ALARM_METRICS = 8
"""Of seven alarms: one compares two metrics."""

DASHBOARDS = 1

_IMAGE_GB = 0.1
"""The container image, compressed."""


@dataclass(frozen=True, slots=True)
class Idle:
    """US dollars per month, without the free tier."""

    alarms: float
    dashboard: float
    image: float

    @property
    def total(self) -> float:
        """All of it."""
        return self.alarms + self.dashboard + self.image

    def document(self) -> dict[str, Any]:
        """Return it as `estimate --json` prints it."""
        return {
            "alarms": round(self.alarms, 2),
            "dashboard": round(self.dashboard, 2),
            "image": round(self.image, 2),
            "total": round(self.total, 2),
        }


def of_stack() -> Idle:
    """Return what AWS charges for what exists, whether it is used or not."""
    return Idle(
        alarms=ALARM_METRICS * PRICES["alarm_metric_month"],
        dashboard=DASHBOARDS * PRICES["dashboard_month"],
        image=_IMAGE_GB * PRICES["registry_gb_month"],
    )
