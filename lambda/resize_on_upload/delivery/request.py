"""Parse a viewer's HTTP request into one size of one original.

CloudFront forwards the path as the viewer wrote it. Lambda's function URLs deliver it
in payload format 2.0:
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..sizes.size import Size


class UnknownPathError(Exception):
    """The path cannot be a variant's: the response is 404, without a call to S3."""


@dataclass(frozen=True, slots=True)
class SizeRequest:
    """A request for one size of one original.

    Attributes:
        size: A configured size, or the manifest.
        key: The original's key as S3 reads the path: `+` is a space.
        plus_key: The key with every `+` kept, if the path has one; else None.
        if_none_match: The header's value; empty without one.
        path: The path as the viewer wrote it, with its query.
    """

    size: Size
    key: str
    plus_key: str | None = None
    if_none_match: str = ""
    path: str = ""


def parse(event: dict[str, Any], sizes: Iterable[Size]) -> SizeRequest:
    """Read an invocation of the function URL.

    Raises:
        UnknownPathError: no size, no key, or a key that S3 cannot hold.
    """
    path, query = event["rawPath"], event.get("rawQueryString", "")
    name, slash, rest = path.removeprefix("/").partition("/")
    size = {size.name: size for size in sizes}.get(unquote(name))
    if size is None or not slash:
        raise UnknownPathError(path)
    return SizeRequest(
        size=size,
        key=_key(unquote_plus, rest, size, path),
        plus_key=_key(unquote, rest, size, path) if "+" in rest else None,
        if_none_match=event.get("headers", {}).get("if-none-match", ""),
        path=f"{path}?{query}" if query else path,
    )


def _key(decode: Any, rest: str, size: Size, path: str) -> str:
    try:
        decoded = decode(rest, errors="strict")
    except UnicodeDecodeError as error:
        raise UnknownPathError(path) from error
    key = str(decoded).removesuffix(size.suffix)
    if not _is_possible(key, size) or not decoded.endswith(size.suffix):
        raise UnknownPathError(path)
    return key


def _is_possible(key: str, size: Size) -> bool:
    """Whether an original can have this key and size; folder markers have no sizes."""
    return bool(
        key
        and not key.endswith("/")
        and "\0" not in key
        and size.key_patterns.match(key)
        and not size.key_too_long(key)
    )
