"""What views of variants cost, if CloudFront sends them from its caches."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from resize_on_upload_cli.costs.prices import PRICES

FIREWALL_RULES = 3
"""Of the stack `<stackName>Firewall`; a group of rules is one."""


@dataclass(frozen=True, slots=True)
class Views:
    """US dollars for a number of views.

    Attributes:
        bytes: Of a view, on average.
        firewall: What a web ACL adds; not in the total.
    """

    views: int
    bytes: float
    requests: float
    transfer: float
    edge_function: float
    firewall: float

    @property
    def total(self) -> float:
        """All of it without a firewall."""
        return self.requests + self.transfer + self.edge_function

    def document(self) -> dict[str, Any]:
        """Return it as `estimate --json` prints it."""
        rounded = {name: round(value, 2) for name, value in asdict(self).items()}
        return rounded | {
            "total": round(self.total, 2),
            "firewall_month": round(firewall_dollars(), 2),
        }


def of_views(size: float, views: int = 1_000_000) -> Views:
    """Return the cost of views of variants with this many bytes on average."""
    return Views(
        views=views,
        bytes=round(size),
        requests=views * PRICES["cloudfront_request"],
        transfer=views * size / 1e9 * PRICES["cloudfront_gb"],
        edge_function=views * PRICES["edge_function"],
        firewall=views * PRICES["firewall_request"],
    )


def firewall_dollars() -> float:
    """Return what the firewall costs per month, whatever the number of views."""
    rules = FIREWALL_RULES * PRICES["firewall_rule_month"]
    return float(PRICES["firewall_month"] + rules)
