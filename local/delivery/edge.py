"""Serve the deployed distribution on a loopback port."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from local.delivery import deployed, edge_module, nginx, signed_only
from local.delivery.purge import Purger
from local.delivery.signer import signing
from local.processes import LOOPBACK, StartError, free_port, listens, start

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.cloud import Cloud

_MODULE = "nginx/modules/ngx_http_js_module.so"


@dataclass(frozen=True, slots=True)
class Nginx:
    """An nginx with its module for JavaScript."""

    program: Path
    module: Path


def find_nginx(tools: Path) -> Nginx | None:
    """The one that `local/install nginx` unpacked, else this machine's own."""
    unpacked = tools / "nginx" / "usr"
    system = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    for program, libraries in (
        (unpacked / "sbin" / "nginx", unpacked / "lib"),
        (Path(system or "/usr/sbin/nginx"), Path("/usr/lib")),
    ):
        if program.is_file() and (libraries / _MODULE).is_file():
            return Nginx(program, libraries / _MODULE)
    return None


class Edge:
    """nginx in the place of CloudFront, configured from the deployed distribution.

    Attributes:
        url: Without a slash at its end; stays the same for all deployments.
    """

    def __init__(self, found: Nginx, cloud: Cloud, state: Path) -> None:
        self._nginx, self._cloud = found, cloud
        self._folder = state / "edge"
        self._folder.mkdir()
        self._port = free_port()
        self._purger = Purger(cloud, self._folder / "cache")
        self._running = ExitStack()
        self.url = f"http://{LOOPBACK}:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def serve(self, outputs: Mapping[str, str]) -> None:
        """Start, or start again with what is deployed now; the cache stays.

        Raises:
            StartError: nginx does not start.
        """
        self._running.close()
        distribution = deployed.read(self._cloud, outputs["DistributionId"])
        deployed.serve_first_origin(self._cloud, outputs["DistributionId"])
        ports = [
            self._signer_port(outputs.get(name))
            for name in ("OnRequestFunctionName", "UploadPageFunctionName")
        ]
        self._running.enter_context(self._nginx_running(distribution, *ports))
        purging = self._purger.running(
            outputs["DistributionId"], distribution.tag_header
        )
        self._running.enter_context(purging)

    def _signer_port(self, function: str | None) -> int:
        """Sign requests to a function; the port to send them to, 0 without one."""
        if not function:
            return 0
        url = _function_url(self._cloud, function)
        signer = signing(self._cloud, url, nginx.TIMEOUT_SECONDS)
        return self._running.enter_context(signer)

    @contextmanager
    def _nginx_running(
        self, distribution: deployed.Deployed, signer_port: int, page_port: int
    ) -> Iterator[None]:
        module = self._folder / edge_module.MODULE
        module.write_text(edge_module.source(distribution))
        signatures = signed_only.module(distribution.viewer_keys)
        (self._folder / signed_only.MODULE).write_text(signatures)
        places = nginx.Places(
            state=self._folder,
            module=self._nginx.module,
            cloud=self._cloud.endpoint,
            port=self._port,
            signer_port=signer_port,
            page_port=page_port,
        )
        configuration = self._folder / "nginx.conf"
        configuration.write_text(nginx.configuration(distribution, places))
        command = [str(self._nginx.program), "-p", str(self._folder)]
        command += ["-c", str(configuration)]
        _check(command)
        environment = {"PATH": "/usr/bin:/bin"}
        program = start("nginx", command, environment, self._folder / "nginx.log")
        program.wait_until(lambda: listens(self._port))
        try:
            yield
        finally:
            program.stop()
            (self._folder / nginx.GROUP_SOCKET).unlink(missing_ok=True)


def _check(command: list[str]) -> None:
    check = subprocess.run(
        [*command, "-t", "-q"], check=False, capture_output=True, text=True
    )
    if check.returncode:
        raise StartError(check.stderr)


def _function_url(cloud: Cloud, function: str) -> str:
    client = cloud.client("lambda")
    return str(client.get_function_url_config(FunctionName=function)["FunctionUrl"])
