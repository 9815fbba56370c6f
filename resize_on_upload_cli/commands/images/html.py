"""`html`: print the HTML of one image, ready to paste into a page."""

from __future__ import annotations

import argparse
import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING

from resize_on_upload_cli import arguments
from resize_on_upload_cli.errors import ExitCode, UnfinishedError, UsageError
from resize_on_upload_cli.terminal import is_printed_as_it_is, say, write

if TYPE_CHECKING:
    from resize_on_upload_cli.compare.key_diff import KeyDiff
    from resize_on_upload_cli.stack.deployment import Deployment

DESCRIPTION = """\
Print the <picture> of an image for a page: every width and format, its dimensions, and
its placeholder as the background. It is made from the image's manifest; without one,
from the sizes that are made at the upload.

Changes nothing.
"""
EXAMPLES = """\
examples:
  resize-on-upload html lake.jpg --alt 'A lake in the mountains'
  resize-on-upload html lake.jpg --alt '' --sizes '(min-width: 60em) 50vw, 100vw'
  resize-on-upload html lake.jpg --alt 'A lake' --jsx --base-url /images/
"""

_BASE_URL = re.compile(r"(?:https?:/)?/[A-Za-z0-9._~!$&'()*+;=:@%/\[\]-]*")
"""Nothing that would end a URL in `srcset`, or begin a query."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "key", type=arguments.original_key, metavar="KEY", help="the key of an original"
    )
    parser.add_argument("--jsx", action="store_true", help="print JSX, for React")
    parser.add_argument(
        "--alt", type=_text, metavar="TEXT",
        help="what the image shows; '' if it only decorates the page",
    )  # fmt: skip
    parser.add_argument(
        "--sizes", type=_text, default="100vw", metavar="WIDTHS",
        help="how wide the page shows it, as in HTML (default: 100vw)",
    )  # fmt: skip
    parser.add_argument(
        "--base-url", metavar="URL",
        help="what URLs begin with (default: where the stack serves variants)",
    )  # fmt: skip
    parser.add_argument(
        "--no-placeholder", action="store_true",
        help="no background, which would show behind transparency",
    )  # fmt: skip
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Print the HTML or JSX."""
    from resize_on_upload_cli.page import lookup, markup
    from resize_on_upload_cli.stack import deployment

    if {".", ".."} & {*options.key.split("/")}:
        msg = (
            f"{options.key}: browsers remove . and .. from URLs, so no page can show it"
        )
        raise UsageError(msg)
    stack = deployment.find(options)
    base = _base(options.base_url or stack.url or "")
    _require_up_to_date(stack, options.key)
    image = lookup.find(stack, options.key)
    if options.no_placeholder:
        image = replace(image, placeholder=None, color=None)
    page = markup.Page(base, options.sizes, options.alt or "", is_printed_as_it_is)
    render = markup.as_jsx if options.jsx else markup.as_html
    write(*render(image, page).split("\n"))
    if options.alt is None:
        say("alt is empty: describe the image with --alt for those who cannot see it")
    if not base:
        say("URLs are relative: without delivery, say where variants are by --base-url")
    if "ViewerKeyId" in stack.outputs:
        say(
            "images are private, and these URLs are not signed: the page has to set "
            "signed cookies (docs/delivery-access.md)"
        )
    return ExitCode.SUCCESS


def _text(text: str) -> str:
    """Refuse what HTML cannot contain, even escaped: control characters."""
    if not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", text):
        return text
    msg = "must be UTF-8 without control characters"
    raise argparse.ArgumentTypeError(msg)


def _base(url: str) -> str:
    """Return a base URL with a slash at its end; empty if there is none.

    Raises:
        UsageError: it is not valid in a `srcset`.
    """
    if url and not _BASE_URL.fullmatch(url):
        msg = (
            f"{url}: must begin with https://, http:// or /, in ASCII, without spaces, "
            "quotes, commas, ? and #; percent-encode others"
        )
        raise UsageError(msg)
    return url.removesuffix("/") + "/" if url else ""


def _require_up_to_date(stack: Deployment, key: str) -> None:
    """Ensure that the key has every variant that it should have, of its original.

    Raises:
        UnfinishedError: it does not; the message says what to do.
    """
    from resize_on_upload.sizes.size import sizes_for_key
    from resize_on_upload_cli.compare.diff import BucketDiff

    if not sizes_for_key(stack.sizes, key):
        msg = (
            f"{key}: has no size; `resize-on-upload check KEY` shows which sizes match"
        )
        raise UnfinishedError(msg)
    problem = _problem(BucketDiff(stack, stack.sizes).compare(key))
    if problem:
        msg = f"{key}: {stack.addressed(problem)}"
        raise UnfinishedError(msg)


def _problem(diff: KeyDiff | None) -> str | None:
    """Return why a key cannot be shown, and what to do; None if it can."""
    from resize_on_upload_cli.compare.key_diff import CURRENT, ORPHANED, REJECTED

    if diff is None or not diff.has_original:
        return (
            "there is no original with this key, which is what follows <size>/ in a "
            "URL; upload it first"
        )
    if diff.state in (CURRENT, ORPHANED):
        return None
    if diff.state == REJECTED:
        return f"the image cannot be resized ({diff.why}); upload another"
    return (
        f"not up to date: {', '.join(diff.sizes)} ({diff.why}). If it was not just "
        "uploaded, run "
        f"`resize-on-upload backfill --prefix {shlex.quote(diff.key)}`"
    )
