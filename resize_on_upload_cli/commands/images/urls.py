"""`urls`: print the URL of every variant of a key, and what a viewer gets there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from resize_on_upload.sizes.size import sizes_for_key
from resize_on_upload_cli import arguments
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import say, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.stack.viewer import Response

DESCRIPTION = """\
Print the URL of every variant of a key, with what a viewer gets: the status, whether it
came out of CloudFront's cache, bytes and type. The sizes are those that are deployed.
If the stack has a viewerKey, only signed URLs are served: --sign-with signs them.

Writes what a viewer's request writes: each URL is requested with a HEAD, and a missing
variant is made for it. With --no-request, changes nothing.
"""
EXAMPLES = """\
examples:
  resize-on-upload urls photo.jpg
  resize-on-upload urls holiday/lake.jpg holiday/sea.jpg --json
  resize-on-upload urls photo.jpg --no-request
  resize-on-upload urls photo.jpg --no-request --sign-with private.pem --expires 86400
"""

_NOT_FOUND = "not-found"
"""The response if there is no original."""

_HEADING = ("status", "cache", "bytes", "type", "URL")


@dataclass(frozen=True, slots=True)
class Place:
    """Where one size of an original is."""

    key: str
    size: Size
    url: str

    def document(self) -> dict[str, Any]:
        """Return it as --json prints it."""
        size = {"size": self.size.name, "make": self.size.make}
        return {"key": self.key, **size, "url": self.url}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "keys",
        nargs="+",
        type=arguments.original_key,
        metavar="KEY",
        help="the key of an original",
    )
    parser.add_argument("--no-request", action="store_true", help="print the URLs only")
    arguments.add_signing(parser)
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Print each URL."""
    from resize_on_upload_cli.stack import deployment, signing

    stack = deployment.find(options)
    places = [place for key in options.keys for place in _places(stack, key)]
    if sign := signing.signer(stack, options):
        places = [replace(place, url=sign(place.url)) for place in places]
    without = [key for key in options.keys if key not in {one.key for one in places}]
    if options.no_request:
        _print_all(places, as_json=options.json)
        all_served = True
    else:
        all_served = _request_all(places, as_json=options.json)
        if not (all_served or sign) and signing.is_private(stack):
            say("the stack serves signed URLs only: add --sign-with private.pem")
    for key in without:
        say(f"{key}: has no size; `resize-on-upload check KEY` shows which sizes match")
    return ExitCode.SUCCESS if all_served and not without else ExitCode.WORK_LEFT


def _places(stack: Deployment, key: str) -> list[Place]:
    """Return where each size of a key is; a key that is too long for one has none."""
    urls = [(size, stack.variant_url(size, key)) for size in stack.sizes]
    sizes = sizes_for_key(stack.sizes, key)
    return [
        Place(key, size, url)
        for size, url in urls
        if size in sizes and not size.key_too_long(key)
    ]


def _print_all(places: Iterable[Place], *, as_json: bool) -> None:
    for place in places:
        if as_json:
            write_json("urls", place.document())
        else:
            write(place.url)


def _request_all(places: Sequence[Place], *, as_json: bool) -> bool:
    """Request and print each URL in turn; return whether all were served."""
    from resize_on_upload_cli.stack.viewer import Viewer

    viewer, all_served = Viewer(), True
    absent = dict.fromkeys(place.key for place in places)
    if places and not as_json:
        write(_row(*_HEADING))
    for place in places:
        response = viewer.head(place.url)
        all_served &= response.is_image
        if response.reason != _NOT_FOUND:
            absent.pop(place.key, None)
        if as_json:
            write_json("urls", place.document() | _document(response))
        else:
            write(_line(place.url, response))
    for key in absent:
        say(f"{key}: there is no original with this key; upload it first")
    return all_served


def _document(response: Response) -> dict[str, Any]:
    return {
        "state": "served" if response.is_image else "not-served",
        "code": response.reason or None,
        "message": None if response.is_image else response.summary,
        "status": response.status,
        "x_cache": response.x_cache or None,
        "on_request": response.on_request or None,
        "bytes": response.bytes if response.is_image else None,
        "type": response.type or None,
        "reason": response.reason or None,
    }


def _line(url: str, response: Response) -> str:
    cache = response.x_cache.removesuffix(" from cloudfront").lower()
    count = f"{response.bytes:,}" if response.is_image and response.bytes else "-"
    about = response.type if response.is_image else response.reason
    if response.on_request:
        cache = f"{cache}, {response.on_request}"
    return _row(str(response.status), cache or "-", count, about or "-", url)


def _row(status: str, cache: str, count: str, about: str, url: str) -> str:
    return f"{status:<8}{cache:<18}{count:>11}  {about:<19} {url}"
