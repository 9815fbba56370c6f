"""A pool of Lambda's execution environments behind one URL.

The local cloud forwards each invocation of a deployed function to `LambdaPool.url`.
An emulator serves one invocation at a time, so concurrency needs several of them, as on
AWS.
"""

from __future__ import annotations

import json
import queue
import threading
import urllib.error
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Self

from local.emulator.activity import Activity
from local.emulator.environment import (
    PROXY_VARIABLE,
    Environment,
    Starter,
    configured_variables,
)
from local.http_server import LoopbackServer
from local.processes import LOOPBACK, StartError

if TYPE_CHECKING:
    from local.cloud import Cloud

TIMEOUT_SECONDS = 900
"""Lambda's maximum, in place of the deployed time-out: this machine may be slower, and
the local cloud counts the time that an invocation waits for an environment."""

_START_ATTEMPTS = 3


class LambdaPool:
    """Up to `concurrency` environments of each function, started when needed.

    Attributes:
        url: Where the local cloud sends invocations.
        activity: The running invocations.
    """

    def __init__(self, cloud: Cloud, starter: Starter, concurrency: int = 2) -> None:
        self._cloud, self._starter = cloud, starter
        self._idle: dict[str, queue.LifoQueue[Environment]] = {}
        self._slots: dict[str, threading.Semaphore] = {}
        self._concurrency = concurrency
        self._started: list[Environment] = []
        self._deployment = 0
        self.activity = Activity()
        # A child dies with the thread that started it, so one thread starts all.
        self._starting_thread = ThreadPoolExecutor(max_workers=1)
        self._server = LoopbackServer(_request_handler(self))
        self.url = f"http://{LOOPBACK}:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()
        for environment in self._started:
            environment.program.stop()
        self._starting_thread.shutdown()

    def serve(self, *functions: str) -> None:
        """Have the cloud forward the functions' invocations to this pool.

        Environments of an earlier deployment take no more of them. No function waits
        for another: each has its own environments.
        """
        self._deployment += 1
        for function in functions:
            self._idle.setdefault(function, queue.LifoQueue())
            slots = threading.Semaphore(self._concurrency)
            self._slots.setdefault(function, slots)
            self._forward(function)

    def limit(self, function: str, concurrency: int) -> None:
        """Run at most as many environments of a function; other events wait."""
        slots = threading.Semaphore(min(concurrency, self._concurrency))
        self._slots[function] = slots

    def _forward(self, function: str) -> None:
        client = self._cloud.client("lambda")
        configuration = client.get_function_configuration(FunctionName=function)
        variables = configured_variables(configuration)
        client.update_function_configuration(
            FunctionName=function,
            Environment={"Variables": {**variables, PROXY_VARIABLE: self.url}},
            Timeout=TIMEOUT_SECONDS,
        )

    def invoke(self, function: str, event: bytes) -> tuple[int, bytes]:
        """Run one invocation; return an HTTP status for the cloud, and the response."""
        with self.activity.invocation(), self._slots[function]:
            environment = self._lease(function)
            try:
                response = environment.invoke(event, TIMEOUT_SECONDS)
            except (OSError, urllib.error.URLError) as error:
                environment.program.stop()
                return 502, f"Runtime exited: {error}".encode()
            self._idle[function].put(environment)
        return (500 if _is_failure(response) else 200), response

    def alive(self) -> list[Environment]:
        """The environments whose process is running."""
        return [one for one in self._started if one.is_alive()]

    def _lease(self, function: str) -> Environment:
        idle = self._idle[function]
        while not idle.empty():
            environment = idle.get()
            if environment.is_usable(self._deployment):
                return environment
            environment.program.stop()
        environment = self._starting_thread.submit(self._start, function).result()
        self._started.append(environment)
        return environment

    def _start(self, function: str) -> Environment:
        for _ in range(_START_ATTEMPTS - 1):
            with suppress(StartError):  # another program took its port meanwhile
                return self._starter.start(function, self._deployment)
        return self._starter.start(function, self._deployment)


def _is_failure(response: bytes) -> bool:
    """The emulator responds 200 to everything; failures have an error's shape."""
    try:
        body = json.loads(response)
    except ValueError:
        return True  # "Task timed out after 60.00 seconds"
    return isinstance(body, dict) and "errorMessage" in body


def _request_handler(pool: LambdaPool) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            function = self.headers["X-Amzn-Lambda-Function-Name"]
            status, response = pool.invoke(function, self.rfile.read(length))
            with suppress(BrokenPipeError):  # the cloud waits no longer
                self.send_response(status)
                self.send_header("Content-Length", str(len(response)))
                self.end_headers()
                self.wfile.write(response)

        def log_message(self, *_: object) -> None:
            """Log nothing: the function has its own log."""

    return Handler
