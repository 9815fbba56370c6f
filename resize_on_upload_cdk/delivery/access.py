"""Who may reach the distribution, under which names, and what is logged of it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront

if TYPE_CHECKING:
    from collections.abc import Callable

    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings


def names(scope: Construct, settings: Settings) -> dict[str, Any]:
    """The properties of a distribution with these names; none without."""
    if not settings.domain_names:
        return {}
    arn = settings.certificate
    return {
        "domain_names": list(settings.domain_names),
        "certificate": acm.Certificate.from_certificate_arn(scope, "Certificate", arn),
        # Without a certificate, CloudFront's own decides.
        "minimum_protocol_version": cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
    }


def viewer_keys(
    scope: Construct, settings: Settings, name: Callable[[str], str]
) -> list[cloudfront.PublicKey]:
    """The keys whose signatures admit viewers; none if everybody is admitted.

    CloudFront cannot change a key, only replace it, so each name depends on its key.
    """
    if not settings.viewer_key:
        return []
    found = []
    for pem in settings.viewer_key.keys:
        digest = hashlib.sha256(pem.encode()).hexdigest()[:8]
        found.append(
            cloudfront.PublicKey(
                scope,
                f"ViewerKey{digest}",
                public_key_name=name(f"viewer-{digest}"),
                encoded_key=pem,
            )
        )
    return found


def findings(settings: Settings) -> dict[str, str]:
    """Findings of cdk-nag on a distribution with these settings: id → reason."""
    found = {"AwsSolutions-CFR1": "Images are for viewers in every country."}
    if not settings.web_acl:
        found["AwsSolutions-CFR2"] = (
            "A firewall costs money each month: the setting webAcl adds one."
        )
    if not settings.access_logs:
        found["AwsSolutions-CFR3"] = (
            "The function logs every image that it makes; the setting accessLogs "
            "keeps a log of all requests."
        )
    if not settings.domain_names:
        found["AwsSolutions-CFR4"] = (
            "Its domain name is CloudFront's; so is the certificate, whose security "
            "policy is fixed."
        )
    return found
