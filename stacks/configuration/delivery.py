"""The settings of delivery, and what they need of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes import parser
from resize_on_upload.sizes.size import REQUEST
from stacks.configuration import parsers
from stacks.configuration.setting import Setting, choice, switch

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS: dict[str, Setting] = {
    "delivery": switch(
        "false",
        "serve variants through [CloudFront](delivery.md), and make a missing one when "
        "it is first requested",
    ),
    "freshSeconds": Setting(
        parsers.whole_number(0, 31_536_000),
        "must be 0 to 31536000 (seconds): 300",
        (
            "with `delivery`, if `cacheControl` is empty: seconds for which caches "
            "serve a variant before they check whether it has changed"
        ),
        "300",
    ),
    "requestConcurrency": Setting(
        parsers.whole_number(1, 1_000),
        "must be 1 to 1000 (invocations): 10",
        "with `delivery`: most variants made on request at the same time",
        "10",
    ),
    "priceClass": choice(
        ("100", "200", "all"),
        "100",
        "with `delivery`: the edge locations that CloudFront uses: `100` (cheapest), "
        "`200` or `all`",
    ),
    "originShield": Setting(
        parsers.optional(parsers.matching(parsers.REGION)),
        "must be an AWS region, or empty for none: eu-central-1",
        "with `delivery`: the region through which all cache misses go",
    ),
}


def mistakes(values: Mapping[str, Any], sizes: str) -> list[str]:
    """Mistakes in these settings and sizes, if they have no effect without delivery.

    Args:
        values: All settings, by context key.
        sizes: The text of sizes.json; empty if it has mistakes.
    """
    if values["delivery"]:
        return []
    found = [
        f"context {key}={values[key]!r}: has no effect without delivery; add "
        "-c delivery=true, or remove it"
        for key, setting in SETTINGS.items()
        if values[key] not in (None, setting.parse(setting.default))
    ]
    if sizes and any(size.make == REQUEST for size in parser.parse(sizes)):
        found.append(
            'config/sizes.json: "make": "request" needs -c delivery=true: without it '
            "nobody can ask for these sizes"
        )
    return found
