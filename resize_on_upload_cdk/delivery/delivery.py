"""Delivery as a whole: the distribution, and the function behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload_cdk.delivery import invalidation, key_policy
from resize_on_upload_cdk.delivery.distribution import Distribution
from resize_on_upload_cdk.delivery.on_request import OnRequest

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.function import BucketNames


@dataclass(frozen=True, slots=True)
class Delivery:
    """What viewers need: a URL for every variant."""

    on_request: OnRequest
    distribution: Distribution

    @classmethod
    def create(
        cls,
        scope: Construct,
        names: BucketNames,
        resized: s3.IBucket,
        resizer: lambda_.IFunction,
        settings: Settings,
    ) -> Delivery:
        """Add both to the stack."""
        on_request = OnRequest(
            scope, "OnRequest", settings=settings, buckets=names, resizer=resizer
        )
        distribution = Distribution(
            scope,
            "Delivery",
            settings=settings,
            resized=resized,
            function_url=on_request.url,
        )
        if settings.resized_kms_key:
            key_policy.warn(distribution.distribution)
        return cls(on_request, distribution)

    def let_invalidate(self, role: iam.IRole, settings: Settings) -> None:
        """Let the resizer make CloudFront forget images, with this setting."""
        if settings.invalidate:
            distribution = self.distribution.distribution
            invalidation.read_tags(distribution)
            invalidation.allow(self.distribution, role, distribution, settings)

    def outputs(self) -> dict[str, tuple[str, str]]:
        """The stack's outputs: name → value and description."""
        outputs = {
            "Url": (self.distribution.url, "Variants are at <Url><size>/<key>"),
            "DistributionId": (self.distribution.id, "The CloudFront distribution"),
            "OnRequestFunctionName": (
                self.on_request.function.function_name,
                "The function that makes variants when viewers first ask for them",
            ),
            "OnRequestLogGroupName": (
                self.on_request.log_group.log_group_name,
                "One JSON line per variant that this function is asked for",
            ),
        }
        outputs |= self._access_outputs()
        if self.distribution.bucket.encryption_key:
            outputs[key_policy.OUTPUT] = (
                key_policy.statement(self.distribution.distribution),
                "Statement to add to the policy of the KMS key of the variants",
            )
        return outputs

    def _access_outputs(self) -> dict[str, tuple[str, str]]:
        outputs = {}
        one = self.distribution
        if one.has_own_name:
            outputs["DistributionDomainName"] = (
                one.distribution.distribution_domain_name,
                "What the DNS records of the names in domainNames must lead to",
            )
        if one.logs:
            outputs["AccessLogsBucketName"] = (
                one.logs.bucket_name,
                "Logs of all requests, kept for 30 days",
            )
        if one.viewer_keys:
            outputs["ViewerKeyId"] = (
                one.viewer_keys[0].public_key_id,
                "CloudFront's name of viewerKey: the Key-Pair-Id of signed URLs",
            )
        return outputs
