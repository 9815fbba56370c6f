"""Find an image in a deployed stack: by its manifest, or by its objects without one."""

from __future__ import annotations

import json
import shlex
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote

from resize_on_upload.imaging.formats import WRITTEN
from resize_on_upload.imaging.output.animation import is_requested
from resize_on_upload.imaging.results import SourceInfo
from resize_on_upload.reconcile.description.metadata import version
from resize_on_upload.reconcile.description.srcset import (
    VariantFact,
    by_width,
    sources,
    srcset,
)
from resize_on_upload.sizes.size import MANIFEST, REQUEST, sizes_for_key
from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.page.manifest import ManifestError, read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.page.responsive_image import ResponsiveImage
    from resize_on_upload_cli.stack.deployment import Deployment

MAX_BYTES = 4_000_000
"""Several times what the manifest of fifty sizes of the longest key has."""


_NOTHING = SourceInfo("", 1, 1)
_ANIMATION = SourceInfo("gif", 1, 1, frames=2)


def find(stack: Deployment, key: str) -> ResponsiveImage:
    """Return the image of a key whose variants are up to date.

    Raises:
        UnfinishedError: it has no variant that a page could show; the message says why,
            and what to do.
    """
    sizes = sizes_for_key(stack.sizes, key)
    source_id = stack.store.head_original(key) or ""
    with_manifest = any(size.suffix for size in sizes)
    try:
        if with_manifest:
            image = read(_manifest(stack, key), key, source_id)
        else:
            image = _by_objects(stack, key, source_id, sizes)
    except ManifestError as error:
        place = MANIFEST.variant_key(key) if with_manifest else f"*/{key}"
        msg = (
            f"s3://{stack.resized}/{place}: {error}. Delete it, then run "
            f"`resize-on-upload backfill --prefix {shlex.quote(key)}`"
        )
        raise UnfinishedError(stack.addressed(msg)) from error
    if image is None:
        msg = (
            f"{key}: no size shows the whole image; add one that is not cropped to "
            "sizes.json"
        )
        raise UnfinishedError(msg)
    return image


def _manifest(stack: Deployment, key: str) -> bytes:
    """Download a manifest, if it is not too large to be one."""
    found = stack.client("s3").get_object(
        Bucket=stack.resized,
        Key=MANIFEST.variant_key(key),
        ExpectedBucketOwner=stack.variables["ACCOUNT_ID"],
    )
    with closing(found["Body"]) as body:
        if found["ContentLength"] > MAX_BYTES:
            raise ManifestError(part="the length")
        return bytes(body.read())


def _by_objects(
    stack: Deployment, key: str, source_id: str, sizes: Sequence[Size]
) -> ResponsiveImage | None:
    """Describe the variants as a manifest would, without what only that knows."""
    if on_request := [size.name for size in sizes if size.make == REQUEST]:
        msg = (
            f"{key}: the dimensions of sizes that are made on request "
            f'({", ".join(on_request)}) are only in a manifest: set "manifest": true '
            "in sizes.json, deploy it, and run `resize-on-upload backfill`"
        )
        raise UnfinishedError(stack.addressed(msg))
    facts = by_width(_facts(stack, key, sizes))
    widest = SourceInfo("", facts[-1].width, facts[-1].height) if facts else _NOTHING
    document = {
        "version": 1,
        "source": {"key": key, "id": source_id},
        "variants": [_listed(fact) for fact in facts],
        "srcset": srcset(widest, facts),
        "sources": sources(widest, facts),
    }
    return read(json.dumps(document).encode(), key, source_id)


def _facts(stack: Deployment, key: str, sizes: Iterable[Size]) -> Iterator[VariantFact]:
    """Yield facts about the variants that show the whole image.

    What can be an animation is taken for one: no other format may stop it.
    """
    for size in filter(_shows_all, sizes):
        variant_key = size.variant_key(key)
        if stored := stack.store.head_variant(variant_key):
            if not (stored.width and stored.height):
                raise ManifestError(part="its metadata")
            yield VariantFact(
                name=size.name,
                key=variant_key,
                width=stored.width,
                height=stored.height,
                bytes=stored.bytes,
                type=stored.content_type,
                animated=is_requested(size, _ANIMATION, stored.content_type),
                url=_url(stack, size, key, stored.source_id),
                is_copy=_is_copy(size, stored.content_type),
            )


def _url(stack: Deployment, size: Size, key: str, source_id: str) -> str:
    """Return the URL with the version of the variant; empty without versions."""
    rules = stack.store.carry_over
    if not rules.versions:
        return ""
    return f"{quote(size.variant_key(key))}?v={version(source_id, size, rules)}"


def _is_copy(size: Size, content_type: str) -> bool:
    """Whether a sibling holds its fallback, as its own format was no better."""
    return bool(size.fallback) and content_type != WRITTEN[size.format].content_type


def _shows_all(size: Size) -> bool:
    """Whether its variants show the whole image, undistorted."""
    geometry = size.geometry
    distorts = geometry.exact or (
        geometry.percent and geometry.width != geometry.height
    )
    return not (size.crop or distorts)


def _listed(fact: VariantFact) -> dict[str, str | int]:
    return {
        "name": fact.name,
        "key": fact.key,
        "width": fact.width,
        "height": fact.height,
        "type": fact.type,
    }
