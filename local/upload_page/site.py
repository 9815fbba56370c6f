"""What each URL of the local upload page does."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from hashlib import sha256
from http import HTTPStatus
from pathlib import PurePosixPath
from threading import Condition
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from botocore.exceptions import BotoCoreError, ClientError

from local.upload_page.images import UNFINISHED, Images
from local.upload_page.storage_proxy import post_form
from resize_on_upload.imaging.formats import WRITTEN
from resize_on_upload.storage.responses import MAX_ORIGINAL_BYTES
from resize_on_upload.upload_page.form import image_type, key_mistake, presigned_form
from resize_on_upload.upload_page.page import page
from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.page import lookup, markup
from resize_on_upload_cli.stack import listing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from email.message import Message
    from io import BufferedIOBase

    from local.stack import Stack
    from resize_on_upload_cli.stack.deployment import Deployment

MAX_FORM_BYTES = MAX_ORIGINAL_BYTES + 65_536
"""A file and the fields of its form."""

_MAX_DIGITS = 18
"""Of a Content-Length."""

_MAX_WAIT_SECONDS = 10.0
_BUSY_SECONDS, _IDLE_SECONDS = 0.25, 2.0
"""Between two looks into the buckets."""

_TYPES = {fmt.content_type for fmt in WRITTEN.values()}


@dataclass(frozen=True, slots=True)
class Request:
    """One request.

    Attributes:
        path: Without the query, as it was sent.
        query: The parameters of the query; of several with a name, the last.
        body: To be read up to its Content-Length.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Message
    body: BufferedIOBase


@dataclass(frozen=True, slots=True)
class Response:
    """The response to a request."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def document(value: Any, status: int = HTTPStatus.OK) -> Response:
    """Return a response with a JSON document."""
    body = json.dumps(value).encode()
    return Response(status, body, {"Content-Type": "application/json"})


def mistake(message: str, status: int = HTTPStatus.BAD_REQUEST) -> Response:
    """Return a response that says what is wrong."""
    return document({"message": message}, status)


@dataclass(slots=True)
class Site:
    """The page, and what its script requests."""

    stack: Stack
    _images: Images = field(init=False)
    _changed: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        self._images = Images(self.stack)

    @property
    def _deployment(self) -> Deployment:
        return self._images.deployment

    def sizes_changed(self) -> None:
        """Read what is deployed again."""
        self._images.read_deployment()
        self._notify()

    def respond(self, request: Request) -> Response:
        """Respond to a request that the guard has let through."""
        routes = {
            ("GET", "/"): self._page,
            ("GET", "/settings"): self._settings,
            ("GET", "/images"): self._listed,
            ("DELETE", "/images"): self._delete,
            ("GET", "/form"): self._form,
            ("GET", "/markup"): self._markup,
            ("POST", "/upload"): self._upload,
        }
        route = routes.get((request.method, request.path))
        if request.method == "GET" and request.path.startswith("/preview/"):
            route = self._preview
        if route is None:
            return mistake("there is nothing here", HTTPStatus.NOT_FOUND)
        try:
            return route(request)
        except (BotoCoreError, ClientError) as error:
            return mistake(str(error), HTTPStatus.BAD_GATEWAY)

    def _page(self, _: Request) -> Response:
        found = page(images=self.stack.edge.url if self.stack.edge else "")
        return Response(HTTPStatus.OK, found.body, found.headers)

    def _settings(self, _: Request) -> Response:
        return document({"access": "none", "lists": True, "max": MAX_ORIGINAL_BYTES})

    def _listed(self, request: Request) -> Response:
        """Respond once the images differ from those that the page has."""
        deadline = time.monotonic() + _MAX_WAIT_SECONDS
        while True:
            found = self._images.listed()
            tag = sha256(json.dumps(found).encode()).hexdigest()
            if tag != request.query.get("tag") or time.monotonic() > deadline:
                return document({**found, "tag": tag})
            is_busy = any(one["state"] in UNFINISHED for one in found["images"])
            with self._changed:
                self._changed.wait(_BUSY_SECONDS if is_busy else _IDLE_SECONDS)

    def _form(self, request: Request) -> Response:
        key = request.query.get("key", "")
        if reason := key_mistake(key):
            return mistake(reason)
        if "replace" not in request.query and listing.original(self._deployment, key):
            return mistake(f"{key} exists", HTTPStatus.CONFLICT)
        kind = image_type(request.query.get("type", ""))
        client = self._deployment.client("s3")
        found = presigned_form(client, self.stack.original, key, kind)
        return document({**found, "url": "upload"})

    def _upload(self, request: Request) -> Response:
        length = request.headers.get("Content-Length", "")
        if not length.isdecimal():
            return mistake("Content-Length is missing", HTTPStatus.LENGTH_REQUIRED)
        # Python refuses to read thousands of digits.
        if len(length) > _MAX_DIGITS or int(length) > MAX_FORM_BYTES:
            limit = f"at most {MAX_ORIGINAL_BYTES:,} bytes are resized"
            return mistake(limit, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        status, body = post_form(
            self.stack.cloud,
            self.stack.original,
            request.body,
            int(length),
            request.headers.get("Content-Type", ""),
        )
        self._notify()
        return Response(status, body, {"Content-Type": "text/plain; charset=utf-8"})

    def _delete(self, request: Request) -> Response:
        key = request.query.get("key", "")
        if reason := key_mistake(key):
            return mistake(reason)
        client = self._deployment.client("s3")
        client.delete_object(Bucket=self.stack.original, Key=key)
        self._notify()
        return document({})

    def _markup(self, request: Request) -> Response:
        key = request.query.get("key", "")
        try:
            image = lookup.find(self._deployment, key)
        except UnfinishedError as error:
            return mistake(str(error), HTTPStatus.CONFLICT)
        base = self._images.base
        shown = markup.Page(base, "100vw", PurePosixPath(key).stem)
        return document({"html": markup.as_html(image, shown)})

    def _preview(self, request: Request) -> Response:
        """A variant as it is in the bucket now; caches are for viewers."""
        key = unquote(request.path.removeprefix("/preview/"))
        sizes = {size.name for size in self._deployment.sizes}
        if key.partition("/")[0] not in sizes:
            return mistake("there is no such size", HTTPStatus.NOT_FOUND)
        found = self._deployment.store.get_served(key)
        if found is None:
            return mistake("this size is not there", HTTPStatus.NOT_FOUND)
        kind = found.headers.get("content-type", "")
        headers = {
            "Content-Type": kind if kind in _TYPES else "application/octet-stream",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "private, max-age=86400",  # the URL has the ETag
        }
        return Response(HTTPStatus.OK, found.body, headers)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()
