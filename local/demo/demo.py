"""The demo: start the stack, upload photos, show their variants."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from local.demo import contents, variants
from local.demo.photos import samples
from local.demo.uploads import (
    engine_milliseconds,
    request_variants,
    upload,
    wait_for_variants,
)
from local.stack import running
from resize_on_upload_cli.engine.gallery import numbers, page
from resize_on_upload_cli.terminal import say

if TYPE_CHECKING:
    from pathlib import Path

    from local.demo.uploads import Problems


class DemoError(RuntimeError):
    """A photo failed, or none was resized; the message has the reasons."""


def run(photos: dict[str, Path], *, link_originals: bool = True) -> None:
    """Resize photos, by key, or the samples if there are none, and show the results.

    Args:
        photos: Key → file.
        link_originals: Whether the gallery leads to these files.

    Raises:
        DemoError: a photo failed, or none was resized; the others are shown.
    """
    start = time.monotonic()
    photos = photos or samples()
    context = {"delivery": "true"} if variants.on_request() else {}
    with running(context=context, say=say) as stack:
        upload(stack, photos)
        problems = wait_for_variants(stack, photos)
        request_variants(stack, photos, problems)
        found = list(variants.download(stack, photos))
        milliseconds = engine_milliseconds(stack)
    variants.save(found)
    variants.print_list(found)
    shown = contents.gallery(photos, found, problems.all, milliseconds)
    shown = shown if link_originals else shown.without_links()
    file = page.write(variants.FOLDER / "gallery.html", shown)
    say(
        "",
        f"{numbers.summary(shown).line}, {numbers.seconds(shown)} of engine time. "
        f"It took {time.monotonic() - start:.0f} s, with the start of the whole stack.",
        f"Variants: {variants.FOLDER.as_uri()}/",
        f"Gallery:  {file.as_uri()}",
    )
    _report(problems, made=bool(found))


def _report(problems: Problems, *, made: bool) -> None:
    if problems.rejected:
        say("", "Rejected:", *_lines(problems.rejected))
    if problems.failed:
        raise DemoError(
            "\n".join(("Not all variants were made:", *_lines(problems.failed)))
        )
    if not made:
        msg = "No photo was resized."
        raise DemoError(msg)


def _lines(reasons: dict[str, str]) -> list[str]:
    return [f"  {key}: {reason}" for key, reason in reasons.items()]
