"""The deployed stack, found by its name: its outputs, its function, its buckets."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast, overload
from urllib.parse import quote

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, NoRegionError

from resize_on_upload.sizes import parser
from resize_on_upload.sizes.mistakes import SizesError
from resize_on_upload.storage.carry_over import CarryOverRules
from resize_on_upload.storage.store import Store
from resize_on_upload_cli.arguments import DEFAULT_STACK_NAME
from resize_on_upload_cli.errors import DeploymentError, UnfinishedError
from resize_on_upload_cli.s3.opening import open_reader
from resize_on_upload_cli.stack import selection
from resize_on_upload_cli.stack.base_url import base_url
from resize_on_upload_cli.stack.clock import Clock
from resize_on_upload_cli.stack.parallel import MAX_CALLS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    from botocore.config import _RetryDict
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3control import S3ControlClient
    from mypy_boto3_sqs import SQSClient

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.s3.reader import BucketReader

S3_ATTEMPTS = 8
"""Of a call: if S3 refuses a fifth of all calls, three are too few for thousands."""


@dataclass
class Deployment:
    """A deployed stack.

    Attributes:
        session: The boto3 session to use.
        name: The name of the stack.
        clock: What measures and waits.
        options: Those that selected the stack, to add to other commands.
    """

    session: Any
    name: str = DEFAULT_STACK_NAME
    clock: Clock = field(default_factory=Clock)
    options: str = ""
    _clients: dict[str, Any] = field(default_factory=dict)

    @overload
    def client(
        self, service: Literal["athena", "cloudfront", "glue", "kms", "logs", "sns"]
    ) -> Any: ...
    @overload
    def client(self, service: Literal["cloudformation"]) -> CloudFormationClient: ...
    @overload
    def client(self, service: Literal["cloudwatch"]) -> CloudWatchClient: ...
    @overload
    def client(self, service: Literal["lambda"]) -> LambdaClient: ...
    @overload
    def client(self, service: Literal["s3"]) -> S3Client: ...
    @overload
    def client(self, service: Literal["s3control"]) -> S3ControlClient: ...
    @overload
    def client(self, service: Literal["sqs"]) -> SQSClient: ...
    def client(self, service: str) -> Any:
        """Return a client of the service, created once."""
        if service not in self._clients:
            # By default, botocore signs forms for us-east-1 with version 2, which S3
            # refuses for new buckets.
            version = "s3v4" if service == "s3" else None
            retries: _RetryDict = {"mode": "standard"}
            if service == "s3":
                retries["total_max_attempts"] = S3_ATTEMPTS
            config = Config(
                retries=retries,
                max_pool_connections=MAX_CALLS,
                signature_version=version,
            )
            self._clients[service] = self.session.client(service, config=config)
        return self._clients[service]

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs.

        Raises:
            DeploymentError: there is no such stack, or it is of an older version.
        """
        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.name)
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            msg = (
                f"there is no stack {self.name} in {self.session.region_name}; deploy "
                "it, or name another with --stack-name and --region"
            )
            raise DeploymentError(msg) from error
        listed = found["Stacks"][0].get("Outputs", ())
        outputs = {one["OutputKey"]: one["OutputValue"] for one in listed}
        if "JobsBucketName" not in outputs:
            msg = f"the stack {self.name} is older than this command; deploy it again"
            raise DeploymentError(msg)
        return outputs

    def addressed(self, text: str) -> str:
        """Return a message whose commands are about this stack."""
        return selection.with_options(text, self.options)

    @property
    def original(self) -> str:
        """The name of the bucket of originals."""
        return self.outputs["OriginalBucketName"]

    @property
    def resized(self) -> str:
        """The name of the bucket of variants."""
        return self.outputs["ResizedBucketName"]

    @property
    def jobs(self) -> str:
        """The name of the bucket of backfills' lists and reports."""
        return self.outputs["JobsBucketName"]

    @property
    def url(self) -> str | None:
        """Where variants are served, with a slash at its end; None without delivery."""
        return base_url(self.outputs)

    def variant_url(self, size: Size, key: str) -> str:
        """Return the URL of one size of an original.

        Raises:
            UnfinishedError: the stack has no delivery.
        """
        if self.url is None:
            msg = (
                f"the stack {self.name} serves no URLs: deploy it with "
                "-c delivery=true (docs/delivery.md)"
            )
            raise UnfinishedError(msg)
        return self.url + quote(size.variant_key(key), safe="/")

    @cached_property
    def function(self) -> FunctionConfigurationResponseTypeDef:
        """The function's configuration, as Lambda describes it."""
        return self.client("lambda").get_function_configuration(
            FunctionName=self.outputs["FunctionName"]
        )

    @property
    def backfill_function(self) -> str:
        """The name of the function for backfills; it may be that for uploads."""
        return self.outputs.get("BackfillFunctionName", self.outputs["FunctionName"])

    @property
    def variables(self) -> dict[str, str]:
        """The function's environment."""
        return dict(self.function["Environment"]["Variables"])

    @property
    def expiration_days(self) -> int | None:
        """Days after which S3 deletes a variant; None for never."""
        days = self.outputs.get("ResizedExpirationDays")
        return int(days) if days else None

    @property
    def mirrors_deletes(self) -> bool:
        """Whether variants are deleted with their original."""
        return self.variables["MIRROR_DELETES"] == "true"

    @cached_property
    def store(self) -> Store:
        """Both buckets, as the function sees them."""
        return Store(
            self.client("s3"),
            self.original,
            self.resized,
            self.variables["ACCOUNT_ID"],
            CarryOverRules.from_environment(self.variables),
        )

    @cached_property
    def reader(self) -> BucketReader:
        """What reads listings and headers of both buckets."""
        return open_reader(self.session, self.client("s3"), MAX_CALLS)

    @cached_property
    def headers(self) -> Store:
        """Both buckets, for HEADs alone: they need little CPU time."""
        return replace(self.store, client=cast("S3Client", self.reader))

    @cached_property
    def sizes(self) -> tuple[Size, ...]:
        """The sizes that the function makes.

        Raises:
            UnfinishedError: they have mistakes, so that it makes none.
        """
        try:
            return parser.parse(self.variables["SIZES"])
        except SizesError as error:
            msg = (
                "the deployed sizes have mistakes, so every upload fails. Correct the "
                f"parameter Sizes of the template, then run `redrive failed`:\n{error}"
            )
            raise UnfinishedError(msg) from error

    def makes(self, configured: Iterable[Size]) -> bool:
        """Return whether the function makes exactly these sizes."""
        return set(self.sizes) == set(configured)

    def require_deployed(self, configured: Iterable[Size]) -> None:
        """Ensure that nothing is made or deleted for sizes the function does not have.

        Raises:
            UnfinishedError: the function makes other sizes.
        """
        if not self.makes(configured):
            msg = (
                "sizes.json differs from what is deployed, and the function makes what "
                "is deployed: run `cdk deploy` first"
            )
            raise UnfinishedError(msg)


def find(options: argparse.Namespace) -> Deployment:
    """Return the deployment that the options select, or the environment or cdk.json."""
    # boto3 alone of AWS's SDKs and tools ignores AWS_REGION.
    region = options.region or os.environ.get("AWS_REGION")
    session = boto3.Session(
        profile_name=options.profile or None, region_name=region or None
    )
    if not session.region_name:
        raise NoRegionError
    name, given = selection.stack_name(options), selection.as_text(options)
    return Deployment(session, name, options=given)
