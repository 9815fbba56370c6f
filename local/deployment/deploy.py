"""`cdk synth`, and a CloudFormation deployment of the template it writes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from local.cloud import REGION
from local.deployment import viewer_keys
from resize_on_upload_cdk.configuration.context import DEFAULT_STACK_NAME

if TYPE_CHECKING:
    from collections.abc import Mapping

    from local.cloud import Cloud

ROOT = Path(__file__).parents[2]
_TEMPLATE = ".template.json"
_UNSUPPORTED = ("AWS::Logs::QueryDefinition",)
_BOOTSTRAP = "/cdk-bootstrap/hnb659fds/version"
_TEMPLATES = "templates"

TIMEOUT_SECONDS = 900
"""Of a deployment; only ends a hang."""


class DeployError(RuntimeError):
    """Synth or CloudFormation failed; the message has the reason."""


def synth(
    out: Path, context: Mapping[str, str] | None = None, project: Path = ROOT
) -> Path:
    """Run app.py as the CDK CLI does; return the path of the template.

    Skips CDK's validation of the template, which takes half of the time.

    Raises:
        DeployError: the configuration has mistakes; the message lists them.
    """
    settings = json.loads((project / "cdk.json").read_text())["context"]
    settings |= context or {}
    environment = {
        **os.environ,
        "CDK_OUTDIR": str(out),
        "CDK_CONTEXT_JSON": json.dumps(settings),
        "CDK_VALIDATION": "false",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
    }
    done = subprocess.run(
        [sys.executable, "app.py"],
        check=False,
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise DeployError(done.stderr.strip())
    name = settings.get("stackName") or DEFAULT_STACK_NAME
    return out / f"{name}{_TEMPLATE}"


def deploy(cloud: Cloud, template: Path) -> dict[str, str]:
    """Create or update the stack; return its outputs.

    Raises:
        DeployError: CloudFormation rolled back; the message has its reasons.
    """
    cloud.client("ssm").put_parameter(
        Name=_BOOTSTRAP, Value="30", Type="String", Overwrite=True
    )
    client, name = cloud.client("cloudformation"), template.name.removesuffix(_TEMPLATE)
    arguments = {
        "StackName": name,
        "TemplateURL": _uploaded(cloud, _supported_part(cloud, template.read_text())),
        "Capabilities": ["CAPABILITY_IAM"],
    }
    if _exists(client, name):
        _update(client, arguments)
    else:
        client.create_stack(**arguments)
    stack = _wait_until_finished(client, name)
    if not stack["StackStatus"].endswith(("CREATE_COMPLETE", "UPDATE_COMPLETE")):
        msg = f"{stack['StackStatus']}: {_reasons(client, name)}"
        raise DeployError(msg)
    return {out["OutputKey"]: out["OutputValue"] for out in stack["Outputs"]}


def _uploaded(cloud: Cloud, template: str) -> str:
    """The template's URL; without one, it could have 51,200 bytes at most."""
    s3 = cloud.client("s3")
    with suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(
            Bucket=_TEMPLATES, CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    s3.put_object(Bucket=_TEMPLATES, Key="template.json", Body=template.encode())
    return f"{cloud.endpoint}/{_TEMPLATES}/template.json"


def _update(client: Any, arguments: dict[str, Any]) -> None:
    """Update the stack; a template without changes is accepted."""
    try:
        client.update_stack(**arguments)
    except ClientError as error:
        if "No updates are to be performed" not in str(error):
            raise


def _supported_part(cloud: Cloud, template: str) -> str:
    """The template without resources that the local cloud does not support."""
    document = viewer_keys.create(cloud, json.loads(template))
    document["Resources"] = {
        name: resource
        for name, resource in document["Resources"].items()
        if resource["Type"] not in _UNSUPPORTED
        and "Metrics" not in resource.get("Properties", {})  # alarms on a calculation
    }
    return json.dumps(document)


def _exists(client: Any, name: str) -> bool:
    stacks = client.list_stacks(
        StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"]
    )
    return any(stack["StackName"] == name for stack in stacks["StackSummaries"])


def _wait_until_finished(client: Any, name: str) -> dict[str, Any]:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        time.sleep(0.1)
    msg = f"the stack is still {stack['StackStatus']} after {TIMEOUT_SECONDS} s"
    raise DeployError(msg)


def _reasons(client: Any, name: str) -> str:
    events = client.describe_stack_events(StackName=name)["StackEvents"]
    return "; ".join(
        f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    )
