"""Delivery as a whole: the distribution, and the function behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from resize_on_upload_cdk.delivery import invalidation, key_policy
from resize_on_upload_cdk.delivery.distribution import Distribution
from resize_on_upload_cdk.delivery.on_request import OnRequest
from resize_on_upload_cdk.upload_page import upload_page
from resize_on_upload_cdk.upload_page.signer import Signer

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_s3 as s3
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings
    from resize_on_upload_cdk.functions.function import BucketNames


@dataclass(frozen=True, slots=True)
class Delivery:
    """What viewers need: a URL for every variant."""

    on_request: OnRequest
    distribution: Distribution
    upload_page: Signer | None = None

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

    def with_upload_page(
        self, scope: Construct, name: str, original: s3.IBucket, settings: Settings
    ) -> Delivery:
        """Add the page for uploads, with this setting.

        Args:
            scope: Where its function is added.
            name: The bucket's. A reference to the bucket would run in a circle.
            original: The bucket to upload to.
            settings: Of the deployment.
        """
        if not settings.upload_page:
            return self
        page = Signer(scope, "UploadPage", settings=settings, original=name)
        distribution = self.distribution
        upload_page.serve(distribution.distribution, page, distribution.name("upload"))
        if settings.original_bucket:
            upload_page.warn_of_cors(original)
        else:
            upload_page.let_browsers_upload(original, distribution.page_origins)
        return replace(self, upload_page=page)

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
        outputs |= self._access_outputs() | self._page_outputs()
        if self.distribution.bucket.encryption_key:
            outputs[key_policy.OUTPUT] = (
                key_policy.statement(self.distribution.distribution),
                "Statement to add to the policy of the KMS key of the variants",
            )
        return outputs

    def _page_outputs(self) -> dict[str, tuple[str, str]]:
        if not self.upload_page:
            return {}
        return {
            "UploadPageUrl": (
                f"{self.distribution.url}upload/",
                "The page to upload with",
            ),
            "UploadAccessCommand": (
                self.upload_page.access_command,
                "Prints what the upload page asks for",
            ),
            "UploadPageFunctionName": (
                self.upload_page.function.function_name,
                "The function that serves the upload page and signs its forms",
            ),
            "UploadTokenArn": (
                self.upload_page.secret_arn,
                "The secret that is, or signs, what the upload page asks for",
            ),
            "UploadPageLogGroupName": (
                self.upload_page.log_group.log_group_name,
                "One JSON line per form that the upload page gets, or is refused",
            ),
        }

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
