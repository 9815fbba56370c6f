"""Lambda's execution environments: AWS's own emulator, one process an environment.

The cloud forwards each invocation of the deployed function to `Environments.url`. The
emulator serves one invocation at a time, so concurrency is a small pool of them, as on
AWS; each is configured from what was really deployed, under the function's own role.
"""

from __future__ import annotations

import json
import os
import queue
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from local.processes import (
    LOOPBACK,
    Program,
    StartError,
    descendants,
    free_port,
    listens,
    start,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.cloud import Cloud
    from local.runtime import Runtime

PROXY_VARIABLE = "MINISTACK_LAMBDA_PROXY_URL"
OLDEST = 1_800  # seconds: the role's credentials last an hour
ATTEMPTS = 3
_PATH = "/2015-03-31/functions/function/invocations"


@dataclass(frozen=True, slots=True)
class Environment:
    """One emulator with one warm copy of a function."""

    program: Program
    port: int
    deployment: int
    started: float = field(default_factory=time.monotonic)

    def invoke(self, event: bytes, timeout: float) -> bytes:
        """The function's answer; an OSError where the process died before it."""
        url = f"http://{LOOPBACK}:{self.port}{_PATH}"
        request = urllib.request.Request(url, data=event, method="POST")
        with urllib.request.urlopen(request, timeout=timeout) as response:  # noqa: S310 - loopback
            return bytes(response.read())

    def usable(self, deployment: int) -> bool:
        """Whether it may take another invocation: alive, and of this deployment."""
        young = time.monotonic() - self.started < OLDEST
        alive = self.program.process.poll() is None
        return young and alive and self.deployment == deployment


class Environments:
    """A pool of execution environments for each function, behind one URL."""

    def __init__(
        self, cloud: Cloud, runtime: Runtime, emulator: Path, state: Path, most: int = 2
    ) -> None:
        self._cloud, self._runtime = cloud, runtime
        self._emulator, self._state = emulator, state
        self._idle: dict[str, queue.LifoQueue[Environment]] = {}
        self._room: dict[str, threading.Semaphore] = {}
        self._most = most
        self._all: list[Environment] = []
        self._deployment = 0
        # A child dies with the thread that forked it: all are forked by this one.
        self._forker = ThreadPoolExecutor(max_workers=1)
        self._server = ThreadingHTTPServer((LOOPBACK, 0), _front(self))
        self.url = f"http://{LOOPBACK}:{self._server.server_port}/"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        for environment in self._all:
            environment.program.stop()
        self._forker.shutdown()

    def serve(self, *functions: str) -> None:
        """Have the cloud send the deployed functions' invocations here.

        Environments of an earlier deployment take no more of them. No function waits
        for another: each has environments of its own.
        """
        self._deployment += 1
        for function in functions:
            self._idle.setdefault(function, queue.LifoQueue())
            self._room.setdefault(function, threading.Semaphore(self._most))
            self._redirect(function)

    def _redirect(self, function: str) -> None:
        client = self._cloud.client("lambda")
        variables = _variables(client.get_function_configuration(FunctionName=function))
        client.update_function_configuration(
            FunctionName=function,
            Environment={"Variables": {**variables, PROXY_VARIABLE: self.url}},
        )

    def invoke(self, function: str, event: bytes) -> tuple[int, bytes]:
        """Run one invocation; the HTTP status the cloud takes as success or failure."""
        with self._room[function]:
            environment = self._lease(function)
            try:
                answer = environment.invoke(event, timeout=900)
            except (OSError, urllib.error.URLError) as error:
                environment.program.stop()
                return 502, f"Runtime exited: {error}".encode()
            self._idle[function].put(environment)
        return (500 if _is_failure(answer) else 200), answer

    def kill_one(self) -> bool:
        """End an environment at whatever it does, as a crash would; for tests."""
        alive = self._alive()
        if alive:
            random.choice(alive).program.kill()  # noqa: S311 - any
        return bool(alive)

    def kill_decoder(self) -> bool:
        """Kill the decoder of an environment, and nothing else of it; for tests."""
        decoders = [
            pid
            for one in self._alive()
            for pid, command in descendants(one.program.process.pid).items()
            if "imaging.sandbox.worker" in command
        ]
        if decoders:
            with suppress(ProcessLookupError):
                os.kill(random.choice(decoders), signal.SIGKILL)  # noqa: S311 - any
        return bool(decoders)

    def _alive(self) -> list[Environment]:
        return [one for one in self._all if one.program.process.poll() is None]

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let all environments stand still, as a call that does not return; for tests.

        Time goes on for who waits for them.
        """
        alive = self._alive()
        for one in alive:
            os.killpg(one.program.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for one in alive:
                os.killpg(one.program.process.pid, signal.SIGCONT)

    def _lease(self, function: str) -> Environment:
        idle = self._idle[function]
        while not idle.empty():
            environment = idle.get()
            if environment.usable(self._deployment):
                return environment
            environment.program.stop()
        environment = self._forker.submit(self._start, function).result()
        self._all.append(environment)
        return environment

    def _start(self, function: str) -> Environment:
        number = self._deployment
        deployed = self._cloud.client("lambda").get_function_configuration(
            FunctionName=function
        )
        for _ in range(ATTEMPTS - 1):
            with suppress(StartError):  # another program took its port meanwhile
                return Environment(*self._emulate(deployed), number)
        return Environment(*self._emulate(deployed), number)

    def _emulate(self, deployed: dict[str, Any]) -> tuple[Program, int]:
        port = free_port()
        command = [
            str(self._emulator),
            *("--runtime-interface-emulator-address", f"{LOOPBACK}:{port}"),
            *("--runtime-api-address", f"{LOOPBACK}:{free_port()}"),
            *self._runtime.command,
            _handler(deployed),
        ]
        program = start(
            "The Lambda emulator",
            command,
            self._environment(deployed),
            self._state / "function.log",
        )
        program.wait_until(lambda: listens(port))
        return program, port

    def _environment(self, deployed: dict[str, Any]) -> dict[str, str]:
        role = self._cloud.client("sts").assume_role(
            RoleArn=deployed["Role"], RoleSessionName="local"
        )["Credentials"]
        found = self._cloud.environment()
        if self._cloud.certificate:
            found["AWS_CA_BUNDLE"] = self._runtime.inside(self._cloud.certificate)
        variables = _variables(deployed)
        variables.pop(PROXY_VARIABLE, None)
        return {
            **self._runtime.environment,
            **found,
            **variables,
            "AWS_ACCESS_KEY_ID": role["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": role["SecretAccessKey"],
            "AWS_SESSION_TOKEN": role["SessionToken"],
            "AWS_LAMBDA_FUNCTION_NAME": deployed["FunctionName"],
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(deployed["MemorySize"]),
            "AWS_LAMBDA_FUNCTION_TIMEOUT": str(deployed["Timeout"]),
        }


def _handler(deployed: dict[str, Any]) -> str:
    """The function's entry point: the image's own, or the one that the stack names."""
    image = deployed.get("ImageConfigResponse", {}).get("ImageConfig", {})
    return str(image.get("Command", ["resize_on_upload.handler.handler"])[0])


def _variables(configuration: dict[str, Any]) -> dict[str, str]:
    return dict(configuration.get("Environment", {}).get("Variables", {}))


def _is_failure(answer: bytes) -> bool:
    """The emulator answers 200 to everything; failures have an error's shape."""
    try:
        body = json.loads(answer)
    except ValueError:
        return True  # "Task timed out after 60.00 seconds"
    return isinstance(body, dict) and "errorMessage" in body


def _front(environments: Environments) -> type[BaseHTTPRequestHandler]:
    class Front(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            function = self.headers["X-Amzn-Lambda-Function-Name"]
            status, answer = environments.invoke(function, self.rfile.read(length))
            with suppress(BrokenPipeError):  # the cloud has counted it as timed out
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """The function's own log says what happened."""

    return Front
