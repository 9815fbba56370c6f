"""The deployed stack: local cloud, CloudFormation template and Lambda pool."""

from __future__ import annotations

import os
import platform
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from local.cloud import ROOT_KEY, Cloud, start_cloud
from local.delivery.edge import Edge, find_nginx
from local.deployment import deploy
from local.emulator.environment import Starter
from local.emulator.lambda_pool import LambdaPool
from local.emulator.runtime import Runtime, on_this_machine
from resize_on_upload_cli.stack.base_url import URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).parent.parent
TOOLS = Path(os.environ.get("LOCAL_TOOLS", ROOT / ".local"))
CLOUD_PYTHON = TOOLS / "cloud" / "bin" / "python"
FUNCTION_PYTHON = TOOLS / "function" / "bin" / "python"
LOG = "function.log"


@dataclass(frozen=True, slots=True)
class Stack:
    """The deployed stack.

    Attributes:
        outputs: The outputs of the CloudFormation stack.
        state: The folder of the logs and of the synthesized template.
        lambda_pool: Runs the functions.
        context: The CDK context it was deployed with.
        edge: The CDN; None without `delivery`, or without nginx.
    """

    cloud: Cloud
    outputs: dict[str, str]
    state: Path
    lambda_pool: LambdaPool
    context: Mapping[str, str]
    edge: Edge | None = None

    @property
    def original(self) -> str:
        """The name of the bucket to upload to."""
        return self.outputs["OriginalBucketName"]

    @property
    def resized(self) -> str:
        """The name of the bucket of variants."""
        return self.outputs["ResizedBucketName"]

    @property
    def url(self) -> str:
        """Where images are served, with a slash at its end."""
        return f"{self.edge.url}/" if self.edge else self.outputs["Url"]

    @property
    def jobs(self) -> str:
        """The name of the bucket of the lists and reports of backfills."""
        return self.outputs["JobsBucketName"]

    def s3(self) -> Any:
        """A boto3 client for uploads and downloads."""
        return self.cloud.client("s3")

    def environment(self) -> dict[str, str]:
        """The variables that make the AWS CLI and resize-on-upload use this stack."""
        key = {"AWS_ACCESS_KEY_ID": ROOT_KEY, "AWS_SECRET_ACCESS_KEY": ROOT_KEY}
        served = {URL_VARIABLE: self.url} if self.edge else {}
        return self.cloud.environment() | key | served

    def redeploy(self, project: Path = ROOT) -> None:
        """Deploy a change of sizes.json, as `cdk deploy` does.

        Raises:
            DeployError: the configuration has mistakes, or CloudFormation failed.
        """
        template = deploy.synth(self.state / "cdk.out", self.context, project)
        outputs = deploy.deploy(self.cloud, template)
        _serve(self.lambda_pool, outputs, self.context)
        if self.edge:
            self.edge.serve(outputs)

    def log(self) -> str:
        """The function's log so far, without a last line that is half written."""
        file = self.state / LOG
        text = file.read_text(errors="replace") if file.exists() else ""
        return text[: text.rfind("\n") + 1]


def _serve(
    pool: LambdaPool, outputs: Mapping[str, str], context: Mapping[str, str]
) -> None:
    """Have the pool run the deployed functions.

    The local cloud does not limit their concurrency.
    """
    limits = {
        "FunctionName": context.get("reservedConcurrency"),
        "BackfillFunctionName": context.get("backfillConcurrency"),
        "OnRequestFunctionName": None,
        "UploadPageFunctionName": None,
    }
    deployed = {outputs[name]: limits[name] for name in limits if name in outputs}
    pool.serve(*deployed)
    for function, limit in deployed.items():
        if limit:
            pool.limit(function, int(limit))


def _empty_intake(cloud: Cloud, outputs: Mapping[str, str]) -> None:
    """Delete S3's test events, which came before the pool and now are hidden."""
    if "IntakeQueueUrl" in outputs:
        cloud.client("sqs").purge_queue(QueueUrl=outputs["IntakeQueueUrl"])


@contextmanager
def _edge(
    cloud: Cloud, outputs: Mapping[str, str], state: Path
) -> Iterator[Edge | None]:
    """The CDN, if the stack has one and this machine has nginx."""
    found = find_nginx(TOOLS)
    if not (found and "DistributionId" in outputs):
        yield None
        return
    with Edge(found, cloud, state) as edge:
        edge.serve(outputs)
        yield edge


def emulator_program() -> Path:
    """AWS's Runtime Interface Emulator for this machine's processor."""
    architecture = {"aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine(), "x86_64"
    )
    return TOOLS / "emulator/samcli/local/rapid" / f"aws-lambda-rie-{architecture}"


@contextmanager
def running(  # noqa: PLR0913 - each has a default
    *,
    context: Mapping[str, str] | None = None,
    runtime: Runtime | None = None,
    edit: Callable[[str], str] | None = None,
    project: Path = ROOT,
    concurrency: int = 2,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Stack]:
    """Synthesize, start, deploy; stop everything afterwards.

    Args:
        context: CDK context, as `-c key=value`.
        runtime: Where the function's code runs; None: this machine's Python.
        edit: Changes the template's text before it is deployed, for tests.
        project: The checkout to synthesize.
        concurrency: Maximum concurrent invocations.
        say: Called with a description of each step.
    """
    with TemporaryDirectory(prefix="resize-") as folder:
        state = Path(folder)
        say("Synthesizing the template (cdk)")
        template = deploy.synth(state / "cdk.out", context, project)
        if edit:
            template.write_text(edit(template.read_text()))
        say("Starting the local cloud (MiniStack)")
        cloud = start_cloud(CLOUD_PYTHON, state)
        try:
            say("Deploying with CloudFormation, IAM enforced")
            outputs = deploy.deploy(cloud, template)
            runtime = runtime or on_this_machine(FUNCTION_PYTHON)
            starter = Starter(cloud, runtime, emulator_program(), state / LOG)
            with LambdaPool(cloud, starter, concurrency) as pool:
                _serve(pool, outputs, context or {})
                _empty_intake(cloud, outputs)
                with _edge(cloud, outputs, state) as edge:
                    yield Stack(cloud, outputs, state, pool, context or {}, edge)
        finally:
            cloud.program.kill()  # SIGTERM would wait for idle connections
