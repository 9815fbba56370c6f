"""The headers that CloudFront adds to every response, and those it removes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront

from resize_on_upload_cdk.delivery import invalidation

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings

_REMOVED_HEADERS = (
    # At most ten, the quota of a policy. x-amzn-requestid cannot be removed.
    *(f"x-amz-meta-{name}" for name in ("source", "recipe", "prefix")),
    *(f"x-amz-meta-{name}" for name in ("geometry", "width", "height")),
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amzn-trace-id",
    "server",
)


def policy(
    scope: Construct, construct_id: str, name: str, settings: Settings
) -> cloudfront.ResponseHeadersPolicy:
    """Any page may show the images; those of the origins may read their pixels."""
    return cloudfront.ResponseHeadersPolicy(
        scope,
        construct_id,
        response_headers_policy_name=name,
        remove_headers=_removed(settings),
        cors_behavior=cloudfront.ResponseHeadersCorsBehavior(
            access_control_allow_origins=list(settings.cors_origins),
            access_control_allow_methods=["GET", "HEAD"],
            access_control_allow_headers=["*"],
            access_control_allow_credentials=False,
            access_control_max_age=cdk.Duration.days(1),
            origin_override=True,
        ),
        security_headers_behavior=_security_headers(),
        custom_headers_behavior=cloudfront.ResponseCustomHeadersBehavior(
            custom_headers=[
                cloudfront.ResponseCustomHeader(
                    header="Cross-Origin-Resource-Policy",
                    value="cross-origin",
                    override=True,
                )
            ]
        ),
    )


def _removed(settings: Settings) -> list[str]:
    """A policy has no room for one more: then viewers may see that S3 is the server."""
    if not settings.invalidate:
        return [*_REMOVED_HEADERS]
    return [*_REMOVED_HEADERS[:-1], invalidation.HEADER]


def _security_headers() -> cloudfront.ResponseSecurityHeadersBehavior:
    """For whoever opens an image's URL by itself: nothing in it may run."""
    return cloudfront.ResponseSecurityHeadersBehavior(
        content_type_options=cloudfront.ResponseHeadersContentTypeOptions(
            override=True
        ),
        strict_transport_security=cloudfront.ResponseHeadersStrictTransportSecurity(
            access_control_max_age=cdk.Duration.days(365), override=True
        ),
        content_security_policy=cloudfront.ResponseHeadersContentSecurityPolicy(
            content_security_policy="default-src 'none'; sandbox", override=True
        ),
    )
