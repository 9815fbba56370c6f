"""An execution environment: one emulator process with one copy of the function."""

from __future__ import annotations

import time
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.emulator import watermarks
from local.processes import LOOPBACK, Program, free_port, listens, start

if TYPE_CHECKING:
    from pathlib import Path

    from local.cloud import Cloud
    from local.emulator.runtime import Runtime

DEFAULT_HANDLER = "resize_on_upload.handler.handler"
PROXY_VARIABLE = "MINISTACK_LAMBDA_PROXY_URL"
MAX_AGE_SECONDS = 1_800  # the role's credentials expire after an hour
_PATH = "/2015-03-31/functions/function/invocations"


@dataclass(frozen=True, slots=True)
class Environment:
    """A running emulator, warm after its first invocation.

    Attributes:
        deployment: The number of the deployment that it belongs to.
    """

    program: Program
    port: int
    deployment: int
    started: float = field(default_factory=time.monotonic)

    def invoke(self, event: bytes, timeout: float) -> bytes:
        """Return the function's response; raises OSError if the process dies first."""
        url = f"http://{LOOPBACK}:{self.port}{_PATH}"
        request = urllib.request.Request(url, data=event, method="POST")
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310 - loopback
            return bytes(response.read())

    def is_alive(self) -> bool:
        """Return whether the process is running."""
        return self.program.process.poll() is None

    def is_usable(self, deployment: int) -> bool:
        """Return whether it may take another invocation of this deployment."""
        is_young = time.monotonic() - self.started < MAX_AGE_SECONDS
        return is_young and self.is_alive() and self.deployment == deployment


@dataclass(frozen=True, slots=True)
class Starter:
    """Starts environments.

    Attributes:
        cloud: Knows the deployed function and its role.
        runtime: Where the function's code runs.
        emulator: The Runtime Interface Emulator's program.
        log: The file for the function's log, in the folder of the stack.
    """

    cloud: Cloud
    runtime: Runtime
    emulator: Path
    log: Path

    def start(self, function: str, deployment: int) -> Environment:
        """Start an environment as the function is configured, under its own role.

        Raises:
            StartError: it did not start, perhaps because another program took its port.
        """
        configuration = self.cloud.client("lambda").get_function_configuration(
            FunctionName=function
        )
        port = free_port()
        command = [
            str(self.emulator),
            *("--runtime-interface-emulator-address", f"{LOOPBACK}:{port}"),
            *("--runtime-api-address", f"{LOOPBACK}:{free_port()}"),
            *self.runtime.command,
            _handler(configuration),
        ]
        variables = self._variables(configuration)
        program = start("The Lambda emulator", command, variables, self.log)
        program.wait_until(lambda: listens(port))
        return Environment(program, port, deployment)

    def _variables(self, configuration: dict[str, Any]) -> dict[str, str]:
        role = self.cloud.client("sts").assume_role(
            RoleArn=configuration["Role"], RoleSessionName="local"
        )["Credentials"]
        found = self.cloud.environment()
        if self.cloud.certificate:
            found["AWS_CA_BUNDLE"] = self.runtime.inside(self.cloud.certificate)
        variables = configured_variables(configuration)
        variables.pop(PROXY_VARIABLE, None)
        return {
            **self.runtime.environment,
            **watermarks.variables(self.log.parent, self.runtime),
            **found,
            **variables,
            "AWS_ACCESS_KEY_ID": role["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": role["SecretAccessKey"],
            "AWS_SESSION_TOKEN": role["SessionToken"],
            "AWS_LAMBDA_FUNCTION_NAME": configuration["FunctionName"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(configuration["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(configuration["Timeout"]),
        }


def _handler(configuration: dict[str, Any]) -> str:
    """The entry point that the stack names, else the container image's own."""
    image = configuration.get("ImageConfigResponse", {}).get("ImageConfig", {})
    return str(image.get("Command", [DEFAULT_HANDLER])[0])


def configured_variables(configuration: dict[str, Any]) -> dict[str, str]:
    """The variables in a function's configuration."""
    return dict(configuration.get("Environment", {}).get("Variables", {}))
