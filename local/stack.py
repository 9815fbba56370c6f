"""Everything together: the cloud, the deployed template and the Lambda environments."""

from __future__ import annotations

import os
import platform
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from local import deploy, runtime
from local.cloud import ROOT_KEY, Cloud, start_cloud
from local.lambda_pool import Environments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROOT = Path(__file__).parent.parent
TOOLS = Path(os.environ.get("LOCAL_TOOLS", ROOT / ".local"))
CLOUD_PYTHON = TOOLS / "cloud" / "bin" / "python"
FUNCTION_PYTHON = TOOLS / "function" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Stack:
    """The deployed stack.

    Attributes:
        outputs: CloudFormation's.
        state: The folder of logs and of the synthesized template.
        environments: Where the function runs.
    """

    cloud: Cloud
    outputs: dict[str, str]
    state: Path
    environments: Environments

    @property
    def original(self) -> str:
        """The name of the bucket to upload to."""
        return self.outputs["OriginalBucketName"]

    @property
    def resized(self) -> str:
        """The name of the bucket the sizes appear in."""
        return self.outputs["ResizedBucketName"]

    @property
    def jobs(self) -> str:
        """The name of the bucket of backfills' lists and reports."""
        return self.outputs["JobsBucketName"]

    def s3(self) -> Any:
        """A boto3 S3 client of the person who uploads."""
        return self.cloud.client("s3")

    def environment(self) -> dict[str, str]:
        """What a person's AWS CLI, and our own, need to find this stack."""
        key = {"AWS_ACCESS_KEY_ID": ROOT_KEY, "AWS_SECRET_ACCESS_KEY": ROOT_KEY}
        return self.cloud.environment() | key

    def redeploy(self, project: Path = ROOT) -> None:
        """What `cdk deploy` does after a change of sizes.json.

        Raises:
            DeployError: the configuration has mistakes, or CloudFormation refused.
        """
        template = deploy.synth(self.state / "cdk.out", project=project)
        outputs = deploy.deploy(self.cloud, template)
        self.environments.serve(outputs["FunctionName"])

    def log(self) -> str:
        """What the function has logged."""
        file = self.state / "function.log"
        return file.read_text(errors="replace") if file.exists() else ""


def emulator() -> Path:
    """AWS's Runtime Interface Emulator for this machine."""
    architecture = {"aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine(), "x86_64"
    )
    return TOOLS / "emulator/samcli/local/rapid" / f"aws-lambda-rie-{architecture}"


@contextmanager
def running(  # noqa: PLR0913 - each has a default
    *,
    context: Mapping[str, str] | None = None,
    where: runtime.Runtime | None = None,
    edit: Callable[[str], str] | None = None,
    project: Path = ROOT,
    concurrency: int = 2,
    say: Callable[[str], None] = lambda _: None,
) -> Iterator[Stack]:
    """Synthesize, start, deploy; stop everything afterwards.

    Args:
        context: CDK context, as `-c key=value`.
        where: Where the function's code runs; this machine's Python if not said.
        edit: Changes the template's text before it is deployed (for tests).
        project: The checkout to synthesize.
        concurrency: Most invocations at once.
        say: Told of each step.
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
            place = where or runtime.on_this_machine(FUNCTION_PYTHON)
            with Environments(
                cloud, place, emulator(), state, concurrency
            ) as environments:
                environments.serve(outputs["FunctionName"])
                yield Stack(cloud, outputs, state, environments)
        finally:
            cloud.program.kill()  # asked politely it waits for idle connections
