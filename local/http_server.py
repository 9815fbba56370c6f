"""An HTTP server on loopback, with a thread for each connection."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from local.processes import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable


class LoopbackServer(ThreadingHTTPServer):
    """Serves during a `with` block, on a free port."""

    request_queue_size = 1_024
    """A herd of clients connects at once; by default only five may wait."""

    def __init__(self, handler: Callable[..., BaseHTTPRequestHandler]) -> None:
        super().__init__((LOOPBACK, 0), handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
