"""The settings of delivery, and what they need of each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes import parser
from resize_on_upload.sizes.size import REQUEST
from resize_on_upload.storage.carry_over import METADATA_PREFIX
from resize_on_upload_cdk.configuration import parsers
from resize_on_upload_cdk.configuration.delivery import query_sizes, upload_page
from resize_on_upload_cdk.configuration.setting import Setting, choice, switch
from resize_on_upload_cdk.configuration.viewers import access
from resize_on_upload_cdk.configuration.viewers.viewer_key import ViewerKeys

if TYPE_CHECKING:
    from collections.abc import Mapping

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/origin-shield.html
_SHIELD_REGIONS = (
    *("us-east-1", "us-east-2", "us-west-2", "sa-east-1"),
    *("eu-central-1", "eu-west-1", "eu-west-2", "me-central-1"),
    *("ap-south-1", "ap-northeast-1", "ap-northeast-2"),
    *("ap-southeast-1", "ap-southeast-2"),
)

_WITHOUT_CLOUDFRONT = ("us-gov-", "us-iso", "eu-iso")
_CHINA = "cn-"

SETTINGS: dict[str, Setting] = {
    "delivery": switch(
        "false",
        "serve variants through [CloudFront](delivery.md), and make a missing one when "
        "it is first requested",
    ),
    "freshSeconds": Setting(
        parsers.whole_number(0, 31_536_000),
        "must be 0 to 31536000 (seconds), for example 300",
        (
            "with `delivery`, if `cacheControl` is empty: seconds for which caches "
            "serve a variant before they check whether it has changed"
        ),
        "300",
    ),
    "requestConcurrency": Setting(
        parsers.none_or(parsers.whole_number(1, 1_000)),
        (
            "must be 1 to 1000 (invocations), or none for the account's limit only, "
            "for example 10"
        ),
        "with `delivery`: most requests that the on-request function serves at the "
        "same time; `none` if the account's limit is too low to reserve a part of it",
        "10",
    ),
    "priceClass": choice(
        ("100", "200", "all"),
        "100",
        "with `delivery`: the edge locations that CloudFront uses: `100` (cheapest), "
        "`200` or `all`",
    ),
    "originShield": Setting(
        parsers.optional(parsers.one_of(_SHIELD_REGIONS)),
        f"must be empty or one of {', '.join(_SHIELD_REGIONS)}",
        "with `delivery`: the region through which all cache misses go; not every "
        "region [offers it](https://docs.aws.amazon.com/AmazonCloudFront/latest/"
        "DeveloperGuide/origin-shield.html)",
    ),
    "versionedUrls": switch(
        "false",
        "with `delivery`: give each variant a version, and the URLs of the manifest "
        "`?v=` with it, which [caches keep for a year](delivery.md"
        "#versions-in-urls)",
    ),
    "queryUrls": switch(
        "false",
        "with `delivery`: `/photo.jpg?w=150&h=50` leads to the configured size "
        "[of these dimensions](delivery.md#urls-with-a-query), and `f` to one of its "
        "formats",
    ),
    "invalidate": switch(
        "false",
        "with `delivery`: make CloudFront [forget the variants](delivery.md"
        "#invalidations) of an original that is replaced or deleted; each costs "
        "US$ 0.005 after the first 1,000 of a month",
    ),
    **access.SETTINGS,
    **upload_page.SETTINGS,
}


def mistakes(values: Mapping[str, Any], sizes: str, region: str) -> list[str]:
    """Mistakes in the settings of delivery, beyond each setting's own rule.

    Args:
        values: All settings, by context key; None for one that is not valid.
        sizes: The text of sizes.json; empty if it has mistakes.
        region: Where the stack will be deployed; empty if that is not known.
    """
    if values["delivery"] is None:  # not valid, which has been reported
        return []
    if values["delivery"]:
        return [
            *_unsupported(region),
            *access.mistakes(values, region),
            *_taken_names(values),
            *_ambiguous_queries(values, sizes),
            *upload_page.mistakes(values, sizes),
        ]
    found = [
        f"context {key}={_shown(values[key])!r}: has no effect without delivery; add "
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


def _shown(value: Any) -> Any:
    """A value as in the context, if it is not a number."""
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value) if isinstance(value, ViewerKeys) else value


def _taken_names(values: Mapping[str, Any]) -> list[str]:
    """Metadata to copy whose names the function needs for its own."""
    copied = (values["carryOver"] or "").split(",")
    needed = {"version": "versionedUrls", "cache-tag": "invalidate"}
    return [
        f"context carryOver: {METADATA_PREFIX}{name} cannot be combined with {setting},"
        f" which stores metadata of its own under the name {name}"
        for name, setting in needed.items()
        if values[setting] and METADATA_PREFIX + name in copied
    ]


def _ambiguous_queries(values: Mapping[str, Any], sizes: str) -> list[str]:
    if not (values["queryUrls"] and sizes):
        return []
    return query_sizes.mistakes(parser.parse(sizes))


def _unsupported(region: str) -> list[str]:
    if region.startswith(_CHINA):
        reason = "CloudFront serves no domain of its own there, only registered ones"
    elif region.startswith(_WITHOUT_CLOUDFRONT):
        reason = "it has no CloudFront"
    else:
        return []
    return [
        f"context delivery='true': is not possible in {region}: {reason}; leave it out"
    ]
