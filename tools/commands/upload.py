"""`upload`: files to the original bucket, as a web page would send them.

Each goes by a form that S3 checks itself: this key, a picture's type, no more bytes
than the function reads. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html
"""

from __future__ import annotations

import mimetypes
import os
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import urllib3
from botocore.httpsession import get_cert_path

from resize_on_upload.sizes.size import sizes_for_key
from resize_on_upload.storage.store import MAX_ORIGINAL_BYTES
from tools import local_files, terminal
from tools.actions.wait import wait_for
from tools.compare.diff import CURRENT, Comparison
from tools.stack.deployment import DeploymentError, UnfinishedError
from tools.terminal import write, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from resize_on_upload.sizes.size import Size
    from tools.compare.diff import Item
    from tools.stack.deployment import Deployment

EXPIRES = 300
"""Seconds a form can be used."""


def run(
    deployment: Deployment,
    files: Sequence[Path],
    sizes: Sequence[Size],
    prefix: str,
    *,
    as_json: bool,
) -> bool:
    """Upload and wait for every size; True where a file was rejected.

    Raises:
        UsageError: two files have one key, or a name cannot be one; nothing was sent.
        OSError: a file cannot be read.
        DeploymentError: S3 refused a form.
        UnfinishedError: S3 refused a file, or sizes did not come in time.
    """
    photos = local_files.by_key(files, prefix)
    deployment.require(sizes)
    comparison = Comparison(deployment, sizes)
    for key, file in photos.items():
        _send(form(deployment, key, _type(file)), file)
    items = []
    for number, key in enumerate(photos, start=1):
        items.append(wait_for(comparison, key))
        terminal.show(number, len(photos))
        _tell(items[-1], deployment, sizes, as_json=as_json)
    return any(item.state != CURRENT for item in items)


def form(deployment: Deployment, key: str, content_type: str) -> dict[str, Any]:
    """What a browser needs to upload one picture: a URL and hidden fields."""
    found: dict[str, Any] = deployment.client("s3").generate_presigned_post(
        Bucket=deployment.original,
        Key=key,
        Fields={"Content-Type": content_type},
        Conditions=[
            {"Content-Type": content_type},
            ["starts-with", "$Content-Type", "image/"],
            ["content-length-range", 1, MAX_ORIGINAL_BYTES],
        ],
        ExpiresIn=EXPIRES,
    )
    return found


def _type(file: Path) -> str:
    """By the name alone: S3 wants to see a picture's, the function looks itself."""
    guess = mimetypes.guess_type(file.name)[0] or ""
    return guess if guess.startswith("image/") else "image/*"


def _why(body: bytes) -> str:
    """S3's code and message of its XML; what there is of it, where it is none."""
    text = body.decode(errors="replace")
    found = (re.search(f"<{tag}>([^<]*)", text) for tag in ("Code", "Message"))
    return ": ".join(match[1] for match in found if match) or text[:300]


def _send(post: dict[str, Any], file: Path) -> None:
    fields = [*post["fields"].items(), ("file", (file.name, file.read_bytes()))]
    trusted = os.environ.get("AWS_CA_BUNDLE") or get_cert_path(verify=True)
    pool = urllib3.PoolManager(ca_certs=trusted)
    try:
        answer = pool.request("POST", post["url"], fields=fields, retries=2)
    except urllib3.exceptions.HTTPError as error:
        msg = f"{file} could not be sent: {error}"
        raise DeploymentError(msg) from error
    if answer.status != HTTPStatus.NO_CONTENT:
        msg = f"S3 refused {file}: {answer.status} {_why(answer.data)}"
        forbidden = answer.status == HTTPStatus.FORBIDDEN
        raise DeploymentError(msg) if forbidden else UnfinishedError(msg)


def _tell(
    item: Item, deployment: Deployment, sizes: Sequence[Size], *, as_json: bool
) -> None:
    made = item.state == CURRENT
    urls = [
        f"s3://{deployment.resized}/{size.variant_key(item.key)}"
        for size in sizes_for_key(sizes, item.key)
    ]
    if as_json:
        reason = None if made else item.why
        listed = urls if made else []
        write_json({"key": item.key, "rejected": reason, "sizes": listed})
    elif made:
        write(*urls)
    else:
        write(f"{item.key}: rejected: {item.why}")
