"""Read the deployed distribution, as far as the stand-in plays it.

All of it comes from the local cloud's CloudFront API, nothing from the template: what
was not deployed is not served.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.cloud import Cloud


_EVERY_PATH = "*"


@dataclass(frozen=True, slots=True)
class Deployed:
    """A distribution with an origin group.

    Attributes:
        domain: Its `*.cloudfront.net` name.
        edge_code: JavaScript of the function that runs for every request.
        response_code: Of the one that runs for every response; empty without one.
        tag_header: The header with an object's tags, lower case; empty for none.
        methods: HTTP methods that reach the cache.
        query_keys: Query parameters in the cache key; no others are forwarded.
        default_ttl: Seconds, for responses without Cache-Control.
        error_ttls: Status → the least seconds for which it is repeated.
        failover_statuses: Of the first origin, that send a request to the second.
        headers_added: For every response.
        headers_removed: Names, lower case.
        cors_origins: For responses to requests with an Origin header.
        viewer_keys: Id → PEM; if there are any, only what they signed is served.
        page_path: What the paths of the upload page begin with; empty without one.
    """

    domain: str
    edge_code: str
    response_code: str
    tag_header: str
    methods: tuple[str, ...]
    query_keys: tuple[str, ...]
    default_ttl: int
    error_ttls: Mapping[int, int]
    failover_statuses: tuple[int, ...]
    headers_added: dict[str, str]
    headers_removed: tuple[str, ...]
    cors_origins: tuple[str, ...]
    viewer_keys: Mapping[str, str]
    page_path: str = ""


def read(cloud: Cloud, distribution_id: str) -> Deployed:
    """The distribution as it is deployed now."""
    client = cloud.client("cloudfront")
    found = client.get_distribution(Id=distribution_id)["Distribution"]
    config = found["DistributionConfig"]
    behavior = config["DefaultCacheBehavior"]
    policy = _cache_policy(client, behavior)
    headers = _headers_policy(client, behavior)
    keyed = policy["ParametersInCacheKeyAndForwardedToOrigin"]["QueryStringsConfig"]
    code = _edge_code(client, behavior)
    return Deployed(
        domain=found["DomainName"],
        edge_code=code["viewer-request"],
        response_code=code.get("viewer-response", ""),
        tag_header=config.get("CacheTagConfig", {}).get("HeaderName", "").lower(),
        methods=tuple(behavior["AllowedMethods"]["Items"]),
        query_keys=tuple(keyed.get("QueryStrings", {}).get("Items", ())),
        default_ttl=policy["DefaultTTL"],
        error_ttls={
            one["ErrorCode"]: one["ErrorCachingMinTTL"]
            for one in config["CustomErrorResponses"]["Items"]
        },
        failover_statuses=tuple(
            _group(config)["FailoverCriteria"]["StatusCodes"]["Items"]
        ),
        headers_added=_added(headers),
        headers_removed=tuple(
            one["Header"].lower()
            for one in headers.get("RemoveHeadersConfig", {}).get("Items", ())
        ),
        cors_origins=tuple(headers["CorsConfig"]["AccessControlAllowOrigins"]["Items"]),
        viewer_keys=_viewer_keys(client, behavior),
        page_path=_page_path(config),
    )


def serve_first_origin(cloud: Cloud, distribution_id: str) -> None:
    """Have the local cloud's own data plane serve S3 under the origin access control.

    It knows no origin groups and no response headers policies: those are nginx's.
    """
    client = cloud.client("cloudfront")
    answer = client.get_distribution_config(Id=distribution_id)
    config = answer["DistributionConfig"]
    for origin in config["Origins"]["Items"]:
        if custom := origin.get("CustomOriginConfig"):
            # CloudFormation may leave them out, the SDK may not.
            custom.setdefault("HTTPPort", 80)
            custom.setdefault("HTTPSPort", 443)
    behaviors = [*_page_behaviors(config), _every_path(config)]
    config["CacheBehaviors"] = {"Quantity": len(behaviors), "Items": behaviors}
    client.update_distribution(
        Id=distribution_id, IfMatch=answer["ETag"], DistributionConfig=config
    )


def _page_behaviors(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is deployed for other paths: the upload page."""
    deployed = config.get("CacheBehaviors", {}).get("Items", ())
    return [one for one in deployed if one["PathPattern"] != _EVERY_PATH]


def _page_path(config: Mapping[str, Any]) -> str:
    behaviors = _page_behaviors(config)
    return behaviors[0]["PathPattern"].removesuffix("*") if behaviors else ""


def _every_path(config: Mapping[str, Any]) -> dict[str, Any]:
    """A behavior that comes before the default one, which stays as it is deployed."""
    behavior = dict(config["DefaultCacheBehavior"])
    behavior.pop("ResponseHeadersPolicyId", None)
    return {
        **behavior,
        "PathPattern": _EVERY_PATH,
        "TargetOriginId": _group(config)["Members"]["Items"][0]["OriginId"],
        "FunctionAssociations": {"Quantity": 0},
    }


def _group(config: Mapping[str, Any]) -> Mapping[str, Any]:
    groups: list[Mapping[str, Any]] = config["OriginGroups"]["Items"]
    return groups[0]


def _cache_policy(client: Any, behavior: Mapping[str, Any]) -> Mapping[str, Any]:
    answer = client.get_cache_policy(Id=behavior["CachePolicyId"])
    found: Mapping[str, Any] = answer["CachePolicy"]["CachePolicyConfig"]
    return found


def _headers_policy(client: Any, behavior: Mapping[str, Any]) -> Mapping[str, Any]:
    answer = client.get_response_headers_policy(Id=behavior["ResponseHeadersPolicyId"])
    found: Mapping[str, Any] = answer["ResponseHeadersPolicy"][
        "ResponseHeadersPolicyConfig"
    ]
    return found


def _edge_code(client: Any, behavior: Mapping[str, Any]) -> dict[str, str]:
    """JavaScript by the event that it runs at."""
    found = {}
    for one in behavior["FunctionAssociations"]["Items"]:
        name = one["FunctionARN"].rsplit("/", 1)[1]
        live = client.get_function(Name=name, Stage="LIVE")["FunctionCode"]
        found[one["EventType"]] = str(live.read(), "utf-8")
    return found


def _viewer_keys(client: Any, behavior: Mapping[str, Any]) -> dict[str, str]:
    groups = behavior.get("TrustedKeyGroups", {}).get("Items", ())
    ids = [
        key_id
        for group in groups
        for key_id in client.get_key_group(Id=group)["KeyGroup"]["KeyGroupConfig"][
            "Items"
        ]
    ]
    found = (client.get_public_key(Id=one)["PublicKey"] for one in ids)
    return {one["Id"]: one["PublicKeyConfig"]["EncodedKey"] for one in found}


def _added(policy: Mapping[str, Any]) -> dict[str, str]:
    security = policy.get("SecurityHeadersConfig", {})
    custom = policy.get("CustomHeadersConfig", {}).get("Items", ())
    found = {one["Header"]: one["Value"] for one in custom}
    if "ContentTypeOptions" in security:
        found["X-Content-Type-Options"] = "nosniff"
    if csp := security.get("ContentSecurityPolicy"):
        found["Content-Security-Policy"] = csp["ContentSecurityPolicy"]
    if hsts := security.get("StrictTransportSecurity"):
        seconds = hsts["AccessControlMaxAgeSec"]
        found["Strict-Transport-Security"] = f"max-age={seconds}"
    return found
