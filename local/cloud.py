"""AWS on a loopback port: MiniStack over TLS, with IAM enforced.

Code uses it only over HTTP and by environment variables, as it would use AWS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from local.processes import LOOPBACK, Program, free_port, listens, start

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

REGION = "eu-central-1"
ROOT_KEY = "test"  # MiniStack's root user

TIMEOUT_SECONDS = 900
"""Of a response: a synchronous invocation may take that long."""


@dataclass(frozen=True, slots=True)
class Cloud:
    """A running local cloud.

    Attributes:
        endpoint: The URL of every service.
        certificate: The authority that signed the endpoint's certificate; None for
            plain HTTP.
    """

    program: Program
    endpoint: str
    certificate: Path | None

    def client(self, service: str) -> Any:
        """A boto3 client of the account's root user."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ROOT_KEY,
            aws_secret_access_key=ROOT_KEY,
            verify=str(self.certificate) if self.certificate else None,
            config=Config(
                retries={"mode": "standard"}, read_timeout=TIMEOUT_SECONDS, proxies={}
            ),
        )

    def environment(self) -> dict[str, str]:
        """The variables that the AWS CLI and SDKs need to find this cloud."""
        variables = {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,  # for version 1 of the AWS CLI, and boto3
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if self.certificate:
            variables["AWS_CA_BUNDLE"] = str(self.certificate)
        return variables


def start_cloud(
    python: Path,
    state: Path,
    *,
    secure: bool = True,
    extra: Mapping[str, str] | None = None,
) -> Cloud:
    """Start MiniStack and wait until it answers.

    Args:
        python: The interpreter of the virtual environment with MiniStack.
        state: A folder for its log, certificate and temporary files.
        secure: Use TLS and enforce IAM, as on AWS; False for the stock CDK CLI.
        extra: More variables, for functions that MiniStack itself runs.
    """
    port = free_port()
    # MiniStack passes its environment on to functions, so it gets only these.
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(state),
        "TMPDIR": str(state),
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "LOG_LEVEL": "WARNING",
        "LAMBDA_ASYNC_RETRY_BASE_SECONDS": "0.2",
        "LAMBDA_ACCOUNT_CONCURRENCY": "0",  # more events wait for LambdaPool
        "AUTH": "true" if secure else "false",
        "USE_SSL": "1" if secure else "0",
        **(extra or {}),
    }
    program = start(
        "MiniStack", [str(python), "-m", "ministack"], environment, state / "cloud.log"
    )
    program.wait_until(lambda: listens(port))
    return Cloud(
        program=program,
        endpoint=f"{'https' if secure else 'http'}://{LOOPBACK}:{port}",
        certificate=state / "ministack-tls" / "server.crt" if secure else None,
    )


class CloudSession(boto3.Session):  # type: ignore[misc] # boto3 has no types
    """Leads to the local cloud, as its variables lead the commands."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(ROOT_KEY, ROOT_KEY, region_name=REGION)
        self._cloud = cloud
        if cloud.certificate:
            self._session.set_config_variable("ca_bundle", str(cloud.certificate))

    def client(self, service: str, **_: Any) -> Any:
        """The local cloud's client of a service."""
        return self._cloud.client(service)
