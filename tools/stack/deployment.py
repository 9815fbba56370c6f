"""The deployed stack, found by its name: what its outputs and its function say."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError, NoRegionError

from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.sizes import parser as sizes
from resize_on_upload.storage.carry_over import CarryOverRules
from resize_on_upload.storage.store import Store
from tools.defaults import STACK
from tools.stack.clock import Clock

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator
    from typing import TypeVar

    from resize_on_upload.sizes.size import Size

    _Item = TypeVar("_Item")
    _Result = TypeVar("_Result")

SIDE_BY_SIDE = 32
"""Calls at once, for what needs one a key."""

_AHEAD = 500
"""Items that are worked on before the first one's result is wanted."""


class DeploymentError(RuntimeError):
    """The stack is not there, or does not answer as a command needs; says the cure."""


class UnfinishedError(DeploymentError):
    """The stack is there, and something is left to do first; says what."""


@dataclass
class Deployment:
    """What runs in the account.

    Attributes:
        session: A boto3 session of the person at the terminal.
        name: The stack's.
        clock: What waiting goes by.
    """

    session: Any
    name: str = STACK
    clock: Clock = field(default_factory=Clock)
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """A client of the service, made once."""
        if service not in self._clients:
            config = Config(
                retries={"mode": "standard"}, max_pool_connections=SIDE_BY_SIDE
            )
            self._clients[service] = self.session.client(service, config=config)
        return self._clients[service]

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The stack's outputs.

        Raises:
            DeploymentError: there is no such stack, or an older one.
        """
        try:
            answer = self.client("cloudformation").describe_stacks(StackName=self.name)
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            msg = (
                f"there is no stack {self.name} in {self.session.region_name}; deploy "
                "it, or name another with --stack-name and --region"
            )
            raise DeploymentError(msg) from error
        listed = answer["Stacks"][0].get("Outputs", ())
        found = {one["OutputKey"]: one["OutputValue"] for one in listed}
        if "JobsBucketName" not in found:
            msg = f"the stack {self.name} is older than this command; deploy it again"
            raise DeploymentError(msg)
        return found

    @property
    def original(self) -> str:
        """The bucket of uploads."""
        return self.outputs["OriginalBucketName"]

    @property
    def resized(self) -> str:
        """The bucket of sizes."""
        return self.outputs["ResizedBucketName"]

    @property
    def jobs(self) -> str:
        """The bucket of backfills' lists and reports."""
        return self.outputs["JobsBucketName"]

    @cached_property
    def function(self) -> dict[str, Any]:
        """The function's configuration, as it is now."""
        found: dict[str, Any] = self.client("lambda").get_function_configuration(
            FunctionName=self.outputs["FunctionName"]
        )
        return found

    @property
    def variables(self) -> dict[str, str]:
        """The function's environment."""
        return dict(self.function["Environment"]["Variables"])

    @property
    def expiry(self) -> int | None:
        """Days after which S3 removes a size; None for never."""
        days = self.outputs.get("ResizedExpirationDays")
        return int(days) if days else None

    @property
    def mirrors_deletes(self) -> bool:
        """Whether sizes go when their original goes."""
        return self.variables["MIRROR_DELETES"] == "true"

    @cached_property
    def store(self) -> Store:
        """Both buckets, as the function reads them."""
        said = self.variables
        client, rules = self.client("s3"), CarryOverRules.from_environment(said)
        return Store(client, self.original, self.resized, said["ACCOUNT_ID"], rules)

    def runs(self, configured: Iterable[Size]) -> bool:
        """Whether the function makes just these sizes."""
        deployed = sizes.parse(self.variables["SIZES"])
        names = {size.name for size in deployed}
        wanted = list(configured)
        same_names = names == {size.name for size in wanted}
        return same_names and combined_recipe(deployed) == combined_recipe(wanted)

    def require(self, configured: Iterable[Size]) -> None:
        """Nothing may be made or removed by sizes that the function does not have.

        Raises:
            UnfinishedError: it makes other sizes.
        """
        if not self.runs(configured):
            msg = (
                "sizes.json differs from what is deployed, and the function makes what "
                "is deployed: run `cdk deploy` first"
            )
            raise UnfinishedError(msg)


def find(options: argparse.Namespace) -> Deployment:
    """The deployment that the options speak of."""
    # boto3 alone of AWS's SDKs and tools does not know AWS_REGION.
    region = options.region or os.environ.get("AWS_REGION")
    session = boto3.Session(
        profile_name=options.profile or None, region_name=region or None
    )
    if not session.region_name:
        raise NoRegionError
    return Deployment(session, options.stack_name)


def side_by_side(
    work: Callable[[_Item], _Result], items: Iterable[_Item]
) -> Iterator[_Result]:
    """Each item's result, in order, worked on many at once; any number of items."""
    remaining = iter(items)
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        while some := list(islice(remaining, _AHEAD)):
            yield from pool.map(work, some)
