"""The pages of a deployed stack in AWS's console."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from resize_on_upload_cli.stack.deployment import Deployment

_DOMAINS = {"cn-": "amazonaws.cn", "us-gov-": "amazonaws-us-gov.com"}
"""Of the regions that have their own console."""


def pages(deployment: Deployment) -> dict[str, str]:
    """Return name → address; delivery adds some."""
    region, outputs = deployment.session.region_name, deployment.outputs
    home = f"https://{region}.console.{_domain(region)}"
    metrics = f"{home}/cloudwatch/home?region={region}#"
    functions = f"{home}/lambda/home?region={region}#/functions/"
    queues = f"{home}/sqs/v3/home?region={region}#/queues/"
    stacks = f"{home}/cloudformation/home?region={region}#/stacks?filteringText="
    found = {
        "stack": stacks + quote(deployment.name, safe=""),
        "dashboard": outputs.get("DashboardUrl"),
        "alarms": f"{metrics}alarmsV2:?search={quote(deployment.name, safe='')}",
        "function": functions + outputs["FunctionName"],
        "logs": metrics + _log_group(outputs["LogGroupName"]),
        "originals": _bucket(home, region, deployment.original),
        "resized": _bucket(home, region, deployment.resized),
        "failed": queues + quote(outputs["FailedQueueUrl"], safe=""),
        "rejected": queues + quote(outputs["RejectedQueueUrl"], safe=""),
    }
    if name := outputs.get("BackfillFunctionName"):
        found["backfill"] = functions + name
    if name := outputs.get("OnRequestFunctionName"):
        found["on-request"] = functions + name
    if name := outputs.get("OnRequestLogGroupName"):
        found["on-request-logs"] = metrics + _log_group(name)
    if name := outputs.get("DistributionId"):
        found["distribution"] = f"{home}/cloudfront/v4/home#/distributions/{name}"
    return {name: address for name, address in found.items() if address}


def _domain(region: str) -> str:
    found = (end for begin, end in _DOMAINS.items() if region.startswith(begin))
    return next(found, "aws.amazon.com")


def _bucket(home: str, region: str, name: str) -> str:
    return f"{home}/s3/buckets/{quote(name, safe='')}?region={region}"


def _log_group(name: str) -> str:
    """Return the path of a log group; the console escapes its name twice, with $."""
    twice = quote(quote(name, safe=""), safe="")
    return f"logsV2:log-groups/log-group/{twice.replace('%', '$')}"
