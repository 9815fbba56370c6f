"""Upload files to the original bucket with presigned POST forms, as a web page does."""

from __future__ import annotations

import mimetypes
import os
import re
from functools import cache
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any, cast

import urllib3
from botocore.httpsession import get_cert_path

from resize_on_upload.upload_page.form import image_type, presigned_form
from resize_on_upload_cli.errors import DeploymentError, UnfinishedError
from resize_on_upload_cli.uploads.multipart import FormBody

if TYPE_CHECKING:
    from pathlib import Path
    from threading import Event

    from resize_on_upload.sizes.focus import Focus
    from resize_on_upload_cli.stack.deployment import Deployment

_CONNECTIONS = 8
_TIMEOUT_SECONDS = 60.0
"""How long S3 may take to accept some bytes, or to answer."""


def upload(
    deployment: Deployment,
    key: str,
    file: Path,
    focus: Focus | None = None,
    stop: Event | None = None,
) -> None:
    """Upload one file, perhaps with the point that crops keep.

    Raises:
        Stopped: `stop` was set; S3 keeps nothing of the file.
        OSError: the file cannot be read.
        DeploymentError: S3 cannot be reached, or refuses the form.
        UnfinishedError: S3 refuses the file.
    """
    send(form(deployment, key, _content_type(file), focus), file, stop)


def form(
    deployment: Deployment, key: str, content_type: str, focus: Focus | None = None
) -> dict[str, Any]:
    """Return what a browser needs to upload one image: a URL and hidden fields."""
    client = deployment.client("s3")
    return presigned_form(client, deployment.original, key, content_type, focus)


def send(post: dict[str, Any], file: Path, stop: Event | None = None) -> None:
    """Send a file with a form; see `upload` for the errors."""
    try:
        with FormBody(post["fields"], file, stop) as body:
            response = _pool().request(
                "POST",
                post["url"],
                body=cast("IO[bytes]", body),
                headers={
                    "Content-Type": body.content_type,
                    "Content-Length": str(body.length),
                },
                retries=2,
            )
    except urllib3.exceptions.HTTPError as error:
        msg = f"{file} could not be sent: {error}"
        raise DeploymentError(msg) from error
    if response.status != HTTPStatus.NO_CONTENT:
        msg = f"S3 refused {file}: {response.status} {_reason(response.data)}"
        forbidden = response.status == HTTPStatus.FORBIDDEN
        raise DeploymentError(msg) if forbidden else UnfinishedError(msg)


@cache
def _pool() -> urllib3.PoolManager:
    certificates = os.environ.get("AWS_CA_BUNDLE") or get_cert_path(verify=True)
    return urllib3.PoolManager(
        ca_certs=certificates, maxsize=_CONNECTIONS, timeout=_TIMEOUT_SECONDS
    )


def _content_type(file: Path) -> str:
    """Guess by the name: S3 requires an image type, the function reads the content."""
    return image_type(mimetypes.guess_type(file.name)[0] or "")


def _reason(body: bytes) -> str:
    """Return the code and message of S3's XML, or the body if it has neither."""
    text = body.decode(errors="replace")
    found = (re.search(f"<{tag}>([^<]*)", text) for tag in ("Code", "Message"))
    return ": ".join(match[1] for match in found if match) or text[:300]
