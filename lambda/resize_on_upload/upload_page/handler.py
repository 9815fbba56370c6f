"""The third Lambda entry: the upload page behind CloudFront, and its forms.

CloudFront sends what is below `/upload/` here. The role of this function may write new
originals below one prefix, and nothing else; what it signs can do no more.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import time
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

from ..sizes import parser
from ..sizes.size import sizes_for_key
from ..sizes.watermarks.files import read_deployed
from ..storage.responses import MAX_ORIGINAL_BYTES
from .access import PASS_SECONDS, Access, is_admitted, signed_pass
from .form import image_type, key_mistake, presigned_form, signing_options
from .page import page

if TYPE_CHECKING:
    from ..sizes.size import Size

ROOT = "/upload/"
"""No size can have this name: its variants could not be served."""

TOKEN_HEADER = "x-upload-token"  # noqa: S105 - the name of a header
SECRET_SECONDS = 300
"""How long a secret is kept; a new one is valid after this time."""

_Response = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Settings:
    bucket: str
    prefix: str
    access: Access
    sizes: tuple[Size, ...]


def handler(event: dict[str, Any], _context: Any) -> _Response | str:
    """Respond to a request; give a pass to whoever may invoke the function.

    Events of the function URL always have a `requestContext`.
    """
    if "requestContext" not in event:
        return _new_pass()
    routes = {"": _page, "settings": _page_settings, "form": _form}
    path = str(event["rawPath"])
    route = routes.get(path.removeprefix(ROOT))
    if route is None or not path.startswith(ROOT):
        return _document(404, {"message": "there is nothing here"})
    return route(event)


@cache
def _settings() -> _Settings:
    return _Settings(
        bucket=os.environ["ORIGINAL_BUCKET"],
        prefix=os.environ["UPLOAD_PREFIX"],
        access=Access(os.environ["UPLOAD_ACCESS"]),
        sizes=parser.parse(os.environ["SIZES"], read_deployed),
    )


def _client(service: str, **options: Any) -> Any:
    import botocore.session  # noqa: PLC0415 - the page itself does not need it
    from botocore.config import Config  # noqa: PLC0415

    session = botocore.session.get_session()
    return session.create_client(service, config=Config(**options))


@cache
def _s3() -> Any:
    return _client("s3", **signing_options(_settings().bucket))


@lru_cache(maxsize=1)
def _secret(_period: int) -> str:
    found = _client("secretsmanager").get_secret_value(SecretId=os.environ["SECRET"])
    return str(found["SecretString"])


def _current_secret() -> str:
    return _secret(int(time.time()) // SECRET_SECONDS)


def _new_pass() -> str:
    if _settings().access is not Access.IAM:
        return "This deployment admits by token: the output UploadAccessCommand."
    return signed_pass(_current_secret(), str(int(time.time()) + PASS_SECONDS))


def _page(_event: dict[str, Any]) -> _Response:
    """The page; its policy names where the forms lead."""
    url = presigned_form(_s3(), _settings().bucket, "x", "image/*")["url"]
    parts = urlsplit(url)
    found = page(uploads=f"{parts.scheme}://{parts.netloc}")
    return {"statusCode": 200, "headers": found.headers, "body": found.body.decode()}


def _page_settings(_event: dict[str, Any]) -> _Response:
    found = {"access": "token", "lists": False, "max": MAX_ORIGINAL_BYTES}
    return _document(200, found)


def _form(event: dict[str, Any]) -> _Response:
    settings = _settings()
    given = str(event.get("headers", {}).get(TOKEN_HEADER, ""))
    if not is_admitted(settings.access, _current_secret(), given, time.time()):
        _log("form.refused", "WARNING")
        return _document(401, {"message": "the access token is not valid"})
    query = dict(parse_qsl(event.get("rawQueryString", ""), keep_blank_values=True))
    path = query.get("key", "")
    # A new folder each time: no upload replaces another.
    key = f"{settings.prefix}{secrets.token_hex(6)}/{path}"
    if reason := key_mistake(path) or key_mistake(key):
        return _document(400, {"message": reason})
    kind = image_type(query.get("type", ""))
    found = presigned_form(_s3(), settings.bucket, key, kind)
    _log("form.signed", "INFO", key=key)
    return _document(200, {**found, "key": key, "sizes": _places(key)})


def _places(key: str) -> list[dict[str, str]]:
    """Where the distribution will serve the sizes; formats share a URL."""
    return [
        {"name": size.name, "url": "/" + quote(size.variant_key(key), safe="/")}
        for size in sizes_for_key(_settings().sizes, key)
        if not (size.suffix or size.fallback)
    ]


def _log(event: str, level: str, **fields: str) -> None:
    line = {"event": event, "level": level, **fields}
    sys.stdout.write(json.dumps(line) + "\n")


def _document(status: int, value: Any) -> _Response:
    headers = {
        "Content-Type": "application/json",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return {"statusCode": status, "headers": headers, "body": json.dumps(value)}
