"""The settings that say who reaches images, and under which names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resize_on_upload_cdk.configuration.parsers import optional
from resize_on_upload_cdk.configuration.setting import Setting, switch
from resize_on_upload_cdk.configuration.viewers import access_parsers, viewer_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FIREWALL = "Firewall"
"""The name of the firewall's stack, after the name of the stack."""

_MAX_STACK_NAME = 128

_LOGGED_REGIONS = (
    *("us-east-1", "us-east-2", "us-west-1", "us-west-2", "ca-central-1", "sa-east-1"),
    *("eu-central-1", "eu-west-1", "eu-west-2", "eu-west-3", "eu-north-1"),
    *("ap-south-1", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    *("ap-southeast-1", "ap-southeast-2"),
)
"""Where CloudFront writes logs: all regions that no account has to enable first.
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logging-legacy-s3.html"""

SETTINGS: dict[str, Setting] = {
    "domainNames": Setting(
        access_parsers.domain_names,
        "must be domain names, separated by commas, for example images.example.com",
        (
            "with `delivery` and `certificate`: your [domain names]"
            "(delivery-access.md#your-domain), separated by commas; URLs have the first"
        ),
    ),
    "certificate": Setting(
        access_parsers.certificate,
        (
            "must be the ARN of an ACM certificate in us-east-1, "
            "for example arn:aws:acm:us-east-1:"
            "111122223333:certificate/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
        (
            "with `domainNames`: the ARN of a certificate for these names, which must "
            "be in us-east-1"
        ),
    ),
    "webAcl": Setting(
        optional(access_parsers.web_acl),
        (
            "must be the ARN of a web ACL for CloudFront, "
            "for example arn:aws:wafv2:us-east-1:"
            "111122223333:global/webacl/name/1234abcd-12ab-34cd-56ef-1234567890ab"
        ),
        (
            "with `delivery`: the ARN of a web ACL, a [firewall]"
            "(delivery-access.md#a-firewall)"
        ),
    ),
    "accessLogs": switch(
        "false",
        "with `delivery`: keep a [log of all requests](delivery-access.md#access-logs) "
        "for 30 days",
    ),
    "viewerKey": Setting(
        optional(viewer_key.read),
        (
            "must be the path of a file with a public RSA key of 2048 bits, "
            "for example public.pem"
        ),
        (
            "with `delivery`: the path of a file with a public key; then only "
            "[signed URLs](delivery-access.md#private-images) are served"
        ),
    ),
    "corsOrigins": Setting(
        access_parsers.cors_origins,
        (
            "must be *, or origins separated by commas, for example "
            "https://example.com,https://*.example.com"
        ),
        (
            "with `delivery`: the origins of pages whose scripts may [read the pixels]"
            "(delivery-access.md#pages-that-read-pixels) of images, separated by commas"
        ),
        "*",
    ),
}

FIREWALL_SETTING = switch(
    "false",
    "add a second stack, `<stackName>Firewall`, with a [firewall]"
    "(delivery-access.md#a-firewall) for `webAcl`",
)


def mistakes(values: Mapping[str, Any], region: str) -> Iterator[str]:
    """Mistakes in these settings together, with delivery.

    Args:
        values: All settings, by context key; None if a setting is not valid.
        region: Where the stack will be deployed; empty if that is not known.
    """
    names, certificate = values["domainNames"], values["certificate"]
    if names and certificate == "":
        yield (
            f"context domainNames={','.join(names)!r}: needs a certificate for these "
            "names, so that browsers trust them: add -c certificate=arn:aws:acm:…"
        )
    if certificate and names == ():
        yield (
            "context certificate: has no effect without domainNames, the names that "
            "it is for: add -c domainNames=images.example.com"
        )
    if values["accessLogs"] and region and region not in _LOGGED_REGIONS:
        yield (
            f"context accessLogs='true': is not possible in {region}: CloudFront "
            "writes no logs to buckets in regions that an account has to enable first"
        )


def firewall_mistakes(values: Mapping[str, Any]) -> Iterator[str]:
    """Mistakes in the setting `firewall`."""
    longest = _MAX_STACK_NAME - len(FIREWALL)
    if values["firewall"] and len(values["stackName"] or "") > longest:
        yield (
            "context firewall='true': the name of its stack, <stackName>Firewall, "
            f"would be too long: stackName can have {longest} characters"
        )
