"""The demo's gallery: each photo with its variants, or why it has none."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from local.demo import variants
from local.demo.photographs import credits_of
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes.size import sizes_for_key
from resize_on_upload_cli.engine import decoder
from resize_on_upload_cli.engine.gallery import facts, links
from resize_on_upload_cli.engine.gallery.contents import (
    THUMBNAIL,
    Gallery,
    GalleryItem,
    Problem,
    Row,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from local.demo.variants import Variant
    from resize_on_upload.imaging.results import SourceInfo
    from resize_on_upload.sizes.size import Size


def gallery(
    photos: dict[str, Path],
    found: list[Variant],
    problems: Mapping[str, str],
    milliseconds: Mapping[str, float],
) -> Gallery:
    """Return what the gallery shows.

    If sizes are made on request, the stack serves URLs, and their paths are shown.

    Args:
        photos: Key → file.
        found: The variants.
        problems: Key → reason, of photos without all variants.
        milliseconds: Key → the engine's time.
    """
    rows = []
    for key, file in photos.items():
        if key in problems:
            rows.append(_without_variants(key, file, problems[key]))
            continue
        made = [variant for variant in found if variant.photo == key]
        rows.append(_row(key, file, made, milliseconds.get(key, 0.0)))
    columns = {size.name: facts.of_size(size) for size in variants.configured()}
    return Gallery(rows, columns, decoder.version(), credits_of(photos))


def _without_variants(key: str, file: Path, reason: str) -> Row:
    code, _, cause = reason.partition(": ")
    return Row(key, file.stat().st_size, problem=Problem(code, cause))


def _row(key: str, file: Path, made: list[Variant], milliseconds: float) -> Row:
    body, sizes = file.read_bytes(), sizes_for_key(variants.configured(), key)
    original = make_variants(body, [THUMBNAIL])
    return Row(
        title=key,
        bytes=len(body),
        original=original,
        items=[_item(variant, sizes, original.source) for variant in made],
        file=links.relative(file, variants.FOLDER),
        milliseconds=milliseconds,
        facts=facts.of_original(body, sizes),
    )


def _item(variant: Variant, sizes: Sequence[Size], source: SourceInfo) -> GalleryItem:
    (size,) = (size for size in sizes if size.name == variant.size_name)
    pixels = variant.width, variant.height
    return GalleryItem(
        size=size.name,
        body=variant.body,
        content_type=variant.content_type,
        width=variant.width,
        height=variant.height,
        url_path=f"/{quote(variant.key)}" if variants.on_request() else "",
        file=links.relative(variants.FOLDER / variant.key, variants.FOLDER),
        notes=facts.of_variant(size, pixels, (source.width, source.height)),
    )
