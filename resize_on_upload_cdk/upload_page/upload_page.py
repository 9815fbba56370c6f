"""What the distribution and the bucket of originals need for the upload page."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_s3 as s3

from resize_on_upload.upload_page.handler import ROOT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resize_on_upload_cdk.upload_page.signer import Signer

PATH = f"{ROOT}*"
_MAX_AGE_SECONDS = 3_600


def serve(distribution: cloudfront.Distribution, signer: Signer, name: str) -> None:
    """Have the distribution send what is below the page's path to its function.

    Args:
        distribution: The distribution.
        signer: The function.
        name: Of the origin access control: one that no other in the account has.
    """
    distribution.add_behavior(
        PATH,
        origins.FunctionUrlOrigin.with_origin_access_control(
            signer.url,
            origin_access_control=cloudfront.FunctionUrlOriginAccessControl(
                signer, "UrlAccess", origin_access_control_name=name
            ),
        ),
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        origin_request_policy=(
            cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER
        ),
        response_headers_policy=cloudfront.ResponseHeadersPolicy.SECURITY_HEADERS,
        compress=True,
    )


def let_browsers_upload(bucket: s3.IBucket, page_origins: Sequence[str]) -> None:
    """Allow forms of these pages by CORS."""
    cast("s3.Bucket", bucket).add_cors_rule(
        allowed_methods=[s3.HttpMethods.POST],
        allowed_origins=list(page_origins),
        allowed_headers=["*"],
        max_age=_MAX_AGE_SECONDS,
    )


def warn_of_cors(bucket: s3.IBucket) -> None:
    """Say at synth that an existing bucket has to allow the page's forms itself."""
    rule = {"AllowedMethods": ["POST"], "AllowedOrigins": ["https://<domain>"]}
    cdk.Annotations.of(bucket).add_warning_v2(
        "resize-on-upload:uploadPage",
        "The upload page cannot upload before the CORS configuration of originalBucket "
        f"has this rule, with the domain of the output Url: {json.dumps(rule)}",
    )
