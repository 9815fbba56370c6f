"""The distribution: its origins, what it caches and for how long."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from resize_on_upload.delivery.response import NOT_FOUND_SECONDS
from tests.support.templates import distribution, functions, resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth


def test_the_distribution_has_no_origin_over_the_originals(delivery: Document) -> None:
    bucket, function = distribution(delivery)["Origins"]
    assert text(bucket["DomainName"]).startswith("<Resized")
    assert "OriginPath" not in bucket
    assert "OnRequestFunctionUrl" in json.dumps(function["DomainName"])


def test_failover_is_403_and_404_only(delivery: Document) -> None:
    """An error of S3 does not cause more requests to S3."""
    config = distribution(delivery)
    (group,) = config["OriginGroups"]["Items"]
    assert group["FailoverCriteria"]["StatusCodes"]["Items"] == [403, 404]
    order = [member["OriginId"] for member in group["Members"]["Items"]]
    assert order == [origin["Id"] for origin in config["Origins"]]
    assert config["DefaultCacheBehavior"]["TargetOriginId"] == group["Id"]


def test_cloudfront_refuses_other_methods(delivery: Document) -> None:
    """The edge function answers OPTIONS."""
    config = distribution(delivery)
    behavior = config["DefaultCacheBehavior"]
    assert behavior["AllowedMethods"] == ["GET", "HEAD", "OPTIONS"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert not behavior["Compress"]
    assert "CacheBehaviors" not in config


def test_cache_key_is_path_and_version(delivery: Document) -> None:
    """Nothing else of a request reaches an origin."""
    (policy,) = resources(delivery, "AWS::CloudFront::CachePolicy")
    key = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key == {
        "CookiesConfig": {"CookieBehavior": "none"},
        "HeadersConfig": {"HeaderBehavior": "none"},
        "QueryStringsConfig": {
            "QueryStringBehavior": "whitelist",
            "QueryStrings": ["v"],
        },
        "EnableAcceptEncodingBrotli": False,
        "EnableAcceptEncodingGzip": False,
    }
    assert "OriginRequestPolicyId" not in distribution(delivery)["DefaultCacheBehavior"]


def test_minimum_ttl_is_zero(delivery: Document) -> None:
    """A higher one would cache the redirect of a large variant to its own URL."""
    (policy,) = resources(delivery, "AWS::CloudFront::CachePolicy")
    assert policy["CachePolicyConfig"]["MinTTL"] == 0


def test_a_missing_image_is_cached_for_seconds_and_a_failure_is_not(
    delivery: Document,
) -> None:
    responses = distribution(delivery)["CustomErrorResponses"]
    ttls = {one["ErrorCode"]: one["ErrorCachingMinTTL"] for one in responses}
    missing = dict.fromkeys((403, 404), NOT_FOUND_SECONDS)
    assert ttls == missing | dict.fromkeys((500, 502, 503, 504), 0)
    assert not any("ResponsePagePath" in one for one in responses)


def test_function_timeout_fits_the_origins(delivery: Document) -> None:
    """CloudFront would respond 504 while the function is still at work."""
    origin = distribution(delivery)["Origins"][1]["CustomOriginConfig"]
    timeout = functions(delivery)["OnRequest"]["Timeout"]
    # CloudFront allows more than 60 seconds only on request.
    assert timeout <= origin["OriginReadTimeout"] <= 60
    assert origin["OriginProtocolPolicy"] == "https-only"


def test_every_path_runs_the_edge_function_first(delivery: Document) -> None:
    (function,) = resources(delivery, "AWS::CloudFront::Function")
    assert function["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    assert function["AutoPublish"]
    (used,) = distribution(delivery)["DefaultCacheBehavior"]["FunctionAssociations"]
    assert used["EventType"] == "viewer-request"
    assert text(used["FunctionARN"]).startswith("<DeliveryEdge")


def test_settings_reach_the_distribution(synth: Synth) -> None:
    document = synth(
        delivery="true",
        priceClass="all",
        originShield="eu-central-1",
        freshSeconds="7",
        requestConcurrency="3",
    )
    config = distribution(document)
    assert config["PriceClass"] == "PriceClass_All"
    for origin in config["Origins"]:
        shield = {"Enabled": True, "OriginShieldRegion": "eu-central-1"}
        assert origin["OriginShield"] == shield
    (policy,) = resources(document, "AWS::CloudFront::CachePolicy")
    assert policy["CachePolicyConfig"]["DefaultTTL"] == 7
    assert functions(document)["OnRequest"]["ReservedConcurrentExecutions"] == 3


def test_the_distribution_is_cheap_and_modern_by_default(delivery: Document) -> None:
    config = distribution(delivery)
    assert config["PriceClass"] == "PriceClass_100"
    assert (config["HttpVersion"], config["IPV6Enabled"]) == ("http2and3", True)
    assert not any("OriginShield" in origin for origin in config["Origins"])
    assert functions(delivery)["OnRequest"]["ReservedConcurrentExecutions"] == 10


def test_views_and_uploads_do_not_share_concurrency(synth: Synth) -> None:
    found = functions(synth(delivery="true", reservedConcurrency="5"))
    reserved = {n: one["ReservedConcurrentExecutions"] for n, one in found.items()}
    assert reserved == {"Resizer": 5, "OnRequest": 10}
    found = functions(synth(delivery="true", requestConcurrency="none"))
    assert not any("ReservedConcurrentExecutions" in one for one in found.values())
