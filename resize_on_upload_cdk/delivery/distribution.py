"""The CloudFront distribution in front of the resized bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from constructs import Construct

from resize_on_upload.sizes import parser
from resize_on_upload_cdk.configuration.viewers.access_parsers import base_url
from resize_on_upload_cdk.delivery import access, access_logs, edge_function, headers
from resize_on_upload_cdk.delivery.on_request import TIMEOUT_SECONDS
from resize_on_upload_cdk.nag import acknowledge

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3

    from resize_on_upload_cdk.configuration.settings import Settings

NOT_FOUND_SECONDS = 10

_MAX_NAME = 36
"""Of the stack's part of a name; with the others, at most 64 characters."""

_PRICE_CLASSES = {
    "100": cloudfront.PriceClass.PRICE_CLASS_100,
    "200": cloudfront.PriceClass.PRICE_CLASS_200,
    "all": cloudfront.PriceClass.PRICE_CLASS_ALL,
}


class Distribution(Construct):
    """Serves `https://<domain>/<size>/<key>` and nothing else of either bucket.

    Attributes:
        bucket: The resized bucket.
        id: CloudFront's name for the distribution.
        url: Ends with a slash.
        has_own_name: Whether the name in the URL is not CloudFront's.
        logs: The bucket of access logs; None without them.
        viewer_keys: Whose signatures admit viewers; none if everybody is admitted.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        resized: s3.IBucket,
        function_url: lambda_.FunctionUrl,
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings, self.bucket = settings, resized
        self.logs = access_logs.bucket(self, settings)
        self.viewer_keys = access.viewer_keys(self, settings, self.name)
        self.distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment="Every configured size of every original",
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=_PRICE_CLASSES[settings.price_class],
            error_responses=_error_responses(),
            web_acl_id=settings.web_acl,
            log_bucket=self.logs,
            **access.names(self, settings),
            default_behavior=self._behavior(self._origins(resized, function_url)),
        )
        self.id = self.distribution.distribution_id
        own = self.distribution.distribution_domain_name
        self.url = base_url(settings.domain_names or [own])
        self.has_own_name = bool(settings.domain_names)
        acknowledge(self.distribution, access.findings(settings))

    @property
    def page_origins(self) -> list[str]:
        """The origins of its own pages, and of others that it names for CORS."""
        settings = self._settings
        domains = settings.domain_names or [self.distribution.distribution_domain_name]
        others = set(settings.cors_origins) - {"*"}
        return [*(f"https://{domain}" for domain in domains), *sorted(others)]

    def _behavior(self, origin: cloudfront.IOrigin) -> cloudfront.BehaviorOptions:
        return cloudfront.BehaviorOptions(
            origin=origin,
            viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            allowed_methods=cloudfront.AllowedMethods.ALLOW_GET_HEAD_OPTIONS,
            compress=False,  # images are compressed already
            cache_policy=self._cache_policy(),
            response_headers_policy=headers.policy(
                self, "Headers", self.name("headers"), self._settings
            ),
            function_associations=self._edge_functions(),
            trusted_key_groups=self._key_groups(),
        )

    def name(self, part: str) -> str:
        """A name that no other stack of the account has: CloudFront has no regions.

        CDK's own names leave out the region, or cut off what differs.
        """
        stack = cdk.Names.unique_resource_name(self, max_length=_MAX_NAME)
        return f"{stack}-{part}-{cdk.Aws.REGION}"

    def _origins(
        self, resized: s3.IBucket, function_url: lambda_.FunctionUrl
    ) -> cloudfront.IOrigin:
        """S3; and the function for what S3 does not have.

        S3 answers 403 for a missing object, as CloudFront may not list the bucket.
        """
        shield = self._settings.origin_shield
        return origins.OriginGroup(
            primary_origin=origins.S3BucketOrigin.with_origin_access_control(
                resized,
                origin_access_control=cloudfront.S3OriginAccessControl(
                    self, "S3Access", origin_access_control_name=self.name("s3")
                ),
                origin_shield_region=shield,
            ),
            fallback_origin=origins.FunctionUrlOrigin.with_origin_access_control(
                function_url,
                origin_access_control=cloudfront.FunctionUrlOriginAccessControl(
                    self, "UrlAccess", origin_access_control_name=self.name("url")
                ),
                read_timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
                origin_shield_region=shield,
            ),
            fallback_status_codes=[403, 404],
        )

    def _cache_policy(self) -> cloudfront.CachePolicy:
        """The path and `v` are the key.

        A minimum TTL above zero would cache the function's `no-store` responses.
        """
        return cloudfront.CachePolicy(
            self,
            "Cache",
            cache_policy_name=self.name("cache"),
            min_ttl=cdk.Duration.seconds(0),
            default_ttl=cdk.Duration.seconds(self._settings.fresh_seconds),
            max_ttl=cdk.Duration.days(365),
            query_string_behavior=cloudfront.CacheQueryStringBehavior.allow_list("v"),
            enable_accept_encoding_gzip=False,
            enable_accept_encoding_brotli=False,
        )

    def _key_groups(self) -> list[cloudfront.IKeyGroup] | None:
        if not self.viewer_keys:
            return None
        group = cloudfront.KeyGroup(
            self,
            "Viewers",
            key_group_name=self.name("viewers"),
            items=list(self.viewer_keys),
        )
        return [group]

    def _edge_functions(self) -> list[cloudfront.FunctionAssociation]:
        versioned = self._settings.versioned_urls
        sizes = parser.parse(self._settings.sizes)
        before = self._edge_function(
            "Edge",
            "404 for paths that are not a configured size",
            edge_function.code(
                sizes, versioned=versioned, by_query=self._settings.query_urls
            ),
            cloudfront.FunctionEventType.VIEWER_REQUEST,
        )
        response_code = edge_function.response_code(
            sizes, versioned=versioned, private=bool(self._settings.viewer_key)
        )
        if not response_code:
            return [before]
        after = self._edge_function(
            "EdgeResponse",
            "Headers that depend on the request",
            response_code,
            cloudfront.FunctionEventType.VIEWER_RESPONSE,
        )
        return [before, after]

    def _edge_function(
        self,
        construct_id: str,
        comment: str,
        code: str,
        event_type: cloudfront.FunctionEventType,
    ) -> cloudfront.FunctionAssociation:
        return cloudfront.FunctionAssociation(
            function=cloudfront.Function(
                self,
                construct_id,
                comment=comment,
                code=cloudfront.FunctionCode.from_inline(code),
                runtime=cloudfront.FunctionRuntime.JS_2_0,
            ),
            event_type=event_type,
        )


def _error_responses() -> list[cloudfront.ErrorResponse]:
    """How long CloudFront repeats an error; a response's max-age may extend it."""
    seconds = {403: NOT_FOUND_SECONDS, 404: NOT_FOUND_SECONDS}
    seconds |= dict.fromkeys((500, 502, 503, 504), 0)
    return [
        cloudfront.ErrorResponse(http_status=status, ttl=cdk.Duration.seconds(ttl))
        for status, ttl in seconds.items()
    ]
