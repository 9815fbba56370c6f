"""`smoke`: test the deployed stack with one image."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resize_on_upload_cli import arguments, sizes_file
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import write, write_json

if TYPE_CHECKING:
    import argparse

    from resize_on_upload_cli.actions.smoke import SmokeResult

DESCRIPTION = """\
Test the deployed stack: upload a small image, wait for its variants, delete it, wait
until they are gone, and print how long each step took. With delivery, also request
URLs: of a variant that exists, of one that is made on request, of an unknown size, and
of a variant after its deletion. If the stack has a viewerKey, test that a URL
without a signature is refused; all other URLs need --sign-with.

Writes one image to the original bucket, and leaves nothing behind; caches keep what was
requested until its freshness ends.
"""
EXAMPLES = """\
examples:
  resize-on-upload smoke
  resize-on-upload smoke --stack-name staging --json
  resize-on-upload smoke --sign-with private.pem
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    arguments.add_deployed_sizes(parser)
    arguments.add_signing(parser)
    arguments.add_json(parser)
    arguments.add_stack(parser)


def run(options: argparse.Namespace) -> int:
    """Run the test and print its steps."""
    from resize_on_upload_cli.actions import smoke
    from resize_on_upload_cli.stack import deployment, signing

    stack = deployment.find(options)
    sign = signing.signer(stack, options)
    result = smoke.run(stack, sizes_file.load(options.sizes), sign)
    if options.json:
        state = "rejected" if result.rejected else "ok"
        document: dict[str, Any] = {"key": result.key, "state": state}
        document |= {"sizes": result.sizes}
        urls = {"urls": result.urls} if result.urls else {}
        write_json("smoke", {**document, "seconds": result.seconds, **urls})
    else:
        write(*_lines(result))
    return ExitCode.WORK_LEFT if result.rejected else ExitCode.SUCCESS


_LABELS = {
    "upload": "uploaded",
    "sizes": "every variant written",
    "refused": "403 without a signature",
    "made": "made on request",
    "served": "served from S3",
    "unknown": "404 for an unknown size",
    "delete": "deleted",
    "gone": "every variant deleted",
    "absent": "404 after the deletion",
}


def _lines(result: SmokeResult) -> list[str]:
    return [
        f"{took:>7.2f} s  {_label(step, result)}"
        for step, took in result.seconds.items()
    ]


def _label(step: str, result: SmokeResult) -> str:
    if step == "sizes" and result.rejected:
        return "rejected"
    if step == "sizes" and not result.sizes:
        return "no variant is made at the upload"
    about = ", ".join(result.sizes) if step == "sizes" else result.urls.get(step)
    return f"{_LABELS[step]}: {about}" if about else _LABELS[step]
