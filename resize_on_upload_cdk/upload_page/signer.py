"""The function that serves the upload page and signs its forms."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from resize_on_upload.upload_page.access import Access
from resize_on_upload_cdk.functions import function, image
from resize_on_upload_cdk.nag import acknowledge

if TYPE_CHECKING:
    from resize_on_upload_cdk.configuration.settings import Settings

HANDLER = "resize_on_upload.upload_page.handler.handler"
MEMORY_MB = 256
TIMEOUT_SECONDS = 10

_SECRET_CHARACTERS = 40


class Signer(Construct):
    """May write new originals below the prefix, and nothing else.

    What it signs can do no more. Only the distribution may send it requests; whoever
    may invoke it directly gets a pass, if `uploadAccess` is `iam`.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, settings: Settings, original: str
    ) -> None:
        super().__init__(scope, construct_id)
        self._access = Access(settings.upload_access)
        self.log_group = function.log_group(self, settings.log_retention_days)
        secret = cast("secretsmanager.CfnSecret", self._secret().node.default_child)
        # The local cloud's reference to a secret is its name.
        self.secret_arn = secret.attr_id
        prefix_arn = f"{function.bucket_arn(original)}/{settings.upload_prefix}"
        self.function = lambda_.DockerImageFunction(
            self,
            "Signer",
            description="Serves the upload page, and signs its forms.",
            code=image.code(self, settings, [HANDLER]),
            architecture=function.architecture(settings),
            memory_size=MEMORY_MB,
            timeout=cdk.Duration.seconds(TIMEOUT_SECONDS),
            reserved_concurrent_executions=settings.upload_concurrency,
            role=function.role(
                self,
                prefix_arn.removesuffix("/"),
                prefix_arn.removesuffix("/"),
                self._grants(settings, prefix_arn),
                description="Writes new originals below one prefix, and its own log.",
            ),
            log_group=self.log_group,
            environment={
                "ORIGINAL_BUCKET": original,
                "UPLOAD_PREFIX": settings.upload_prefix,
                "UPLOAD_ACCESS": settings.upload_access,
                "SECRET": self.secret_arn,
                "SIZES": settings.sizes,
            },
        )
        image.use_given(self.function, settings)
        self.url = self.function.add_function_url(
            auth_type=lambda_.FunctionUrlAuthType.AWS_IAM
        )

    @property
    def access_command(self) -> str:
        """The command that prints what the page asks for."""
        region = f"--region {cdk.Aws.REGION}"
        if self._access is Access.IAM:
            name = self.function.function_name
            return f"aws lambda invoke --function-name {name} {region} pass.txt"
        return (
            f"aws secretsmanager get-secret-value --secret-id {self.secret_arn} "
            f"--query SecretString --output text {region}"
        )

    def _secret(self) -> secretsmanager.Secret:
        made = secretsmanager.Secret(
            self,
            "Token",
            description="Lets whoever has it upload with the upload page.",
            generate_secret_string=secretsmanager.SecretStringGenerator(
                exclude_punctuation=True, password_length=_SECRET_CHARACTERS
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        acknowledge(
            made,
            {
                "AwsSolutions-SMG4": "People have to learn of a new token; docs/"
                "upload-page.md has the command that makes one."
            },
        )
        return made

    def _grants(self, settings: Settings, prefix_arn: str) -> function.Grants:
        grants: function.Grants = {
            "WriteNewOriginals": (["s3:PutObject"], f"{prefix_arn}*"),
            "ReadToken": (["secretsmanager:GetSecretValue"], self.secret_arn),
            **function.log_grant(self.log_group),
        }
        if key := settings.original_kms_key:
            grants["EncryptOriginals"] = (["kms:GenerateDataKey"], key)
        return grants
