"""The real worker, but an upload that begins with MAGIC is run as Python.

It stands for a decoder that an image has taken over. The value of `result` is the
response. With WITHOUT_WALLS=1 it builds no walls, to show that attempts would succeed.
"""

from __future__ import annotations

import os
from typing import Any

from resize_on_upload.imaging.sandbox import worker

MAGIC = b"#EVIL#"

_respond = worker.respond


def respond(
    request: dict[str, Any], blob: bytes, cores: int = 1
) -> tuple[dict[str, Any], list[bytes]]:
    """The response of the code, or of the real worker."""
    if not blob.startswith(MAGIC):
        return _respond(request, blob, cores)
    names: dict[str, Any] = {"request": request, "worker": worker}
    try:
        exec(blob.removeprefix(MAGIC), names)  # noqa: S102 - its purpose
    except BaseException as error:  # noqa: BLE001 - code of any kind
        return {"failed": f"refused: {error!r}"}, []
    if "header" in names:
        return names["header"], names.get("bodies", [])
    return {"failed": f"succeeded: {names.get('result')!r}"}, []


worker.respond = respond
if os.environ.get("WITHOUT_WALLS"):
    vars(worker)["harden"] = lambda *_: {}

if __name__ == "__main__":
    worker.main()
