"""The demo: start the stack, upload photos, show their variants."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote

from local.demo import variants
from local.demo.photos import samples
from local.demo.uploads import request_variants, upload, wait_for_variants
from local.stack import ROOT, running
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload_cli.engine import gallery
from resize_on_upload_cli.engine.gallery import THUMBNAIL, GalleryItem, Section
from resize_on_upload_cli.terminal import plural, say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.demo.uploads import Problems
    from local.demo.variants import Variant


class DemoError(RuntimeError):
    """A photo failed, or none was resized; the message has the reasons."""


def run(photos: dict[str, Path]) -> None:
    """Resize photos, by key, or the samples if there are none, and show the results.

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
    variants.save(found)
    variants.print_list(found)
    shown = sections(photos, found, problems.all)
    page = gallery.write(variants.FOLDER / "gallery.html", shown)
    resized = plural(len(photos) - len(problems.all), "photo")
    say(
        "",
        f"{len(found)} variants of {resized} in {time.monotonic() - start:.0f} s, "
        "including start-up of the whole stack.",
        f"Variants: {variants.FOLDER.relative_to(ROOT)}/",
        f"Gallery:  {page.relative_to(ROOT)}",
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


def sections(
    photos: dict[str, Path], found: list[Variant], problems: dict[str, str]
) -> Iterator[Section]:
    """Yield each photo with its variants, or why it has none, for the gallery.

    If sizes are made on request, the stack serves URLs, and their paths are shown.
    """
    on_request = {size.name for size in variants.on_request()}
    for key, file in photos.items():
        if key in problems:
            yield Section(title=key, rejected=problems[key])
            continue
        body = file.read_bytes()
        yield Section(
            title=key,
            original=make_variants(body, [THUMBNAIL]),
            bytes=len(body),
            items=[
                GalleryItem(
                    prefix=variant.size_name,
                    body=variant.body,
                    content_type=variant.content_type,
                    width=variant.width,
                    height=variant.height,
                    on_request=variant.size_name in on_request,
                    path=f"/{quote(variant.key)}" if on_request else "",
                )
                for variant in found
                if variant.photo == key
            ],
        )
