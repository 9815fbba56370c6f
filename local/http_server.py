"""An HTTP server on loopback, with a thread for each connection."""

from __future__ import annotations

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from local.processes import LOOPBACK, free_port

if TYPE_CHECKING:
    from collections.abc import Callable


class LoopbackServer(ThreadingHTTPServer):
    """Serves during a `with` block."""

    request_queue_size = 1_024
    """A herd of clients connects at once; by default only five may wait."""

    def __init__(
        self, handler: Callable[..., BaseHTTPRequestHandler], port: int = 0
    ) -> None:
        """Listen on a port; by default on a free one.

        Raises:
            OSError: another program listens there.
        """
        super().__init__((LOOPBACK, port or free_port()), handler)

    def __enter__(self) -> Self:
        serve = partial(self.serve_forever, poll_interval=0.05)
        threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
