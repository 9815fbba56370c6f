"""The function that makes a size when a viewer first asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from resize_on_upload_cdk.functions import function, image

if TYPE_CHECKING:
    from resize_on_upload_cdk.configuration.settings import Settings

HANDLER = "resize_on_upload.delivery.handler.handler"

TIMEOUT_SECONDS = 30
"""CloudFront waits as long for an origin; a later answer would reach nobody."""


class OnRequest(Construct):
    """Reads one bucket, writes another; only the distribution may invoke it.

    It shares no concurrency with the resizer: viewers cannot delay uploads.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        settings: Settings,
        buckets: function.BucketNames,
        resizer: lambda_.IFunction,
    ) -> None:
        super().__init__(scope, construct_id)
        names = buckets.original, buckets.resized
        arns = function.bucket_arn(names[0]), function.bucket_arn(names[1])
        self.log_group = function.log_group(self, settings.log_retention_days)
        self.function = lambda_.DockerImageFunction(
            self,
            "OnRequest",
            description="Makes a configured size when a viewer first asks for it.",
            code=image.code(self, settings, [HANDLER]),
            architecture=function.architecture(settings),
            memory_size=settings.memory_size,
            timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
            reserved_concurrent_executions=settings.request_concurrency,
            role=function.role(self, *arns, self._grants(settings, arns, resizer)),
            log_group=self.log_group,
            environment=function.environment(
                settings,
                *names,
                {
                    "RESIZER_FUNCTION": resizer.function_name,
                    "MIRROR_DELETES": str(settings.mirror_deletes).lower(),
                },
            ),
        )
        image.use_given(self.function, settings)
        self.url = self.function.add_function_url(
            auth_type=lambda_.FunctionUrlAuthType.AWS_IAM
        )

    def _grants(
        self, settings: Settings, arns: tuple[str, str], resizer: lambda_.IFunction
    ) -> function.Grants:
        return {
            **function.bucket_grants(*arns),
            **function.log_grant(self.log_group),
            **function.tag_grants(settings, *arns),
            **function.key_grants(settings),
            "HandOverToTheResizer": (["lambda:InvokeFunction"], resizer.function_arn),
        }
