"""What else to say of a variant, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload.imaging.formats import JPEG, WEBP
from resize_on_upload.imaging.headers import webp
from resize_on_upload.imaging.probe import Limits, probe

if TYPE_CHECKING:
    from resize_on_upload.imaging.results import Variant


def notes(variant: Variant) -> tuple[str, ...]:
    """What its options led to, which its dimensions and bytes do not show."""
    written = [
        *(["progressive"] if is_progressive(variant) else []),
        *(["lossless"] if is_lossless(variant) else []),
    ]
    return (*written, *variant.notes)


def is_progressive(variant: Variant) -> bool:
    """Whether it is a progressive JPEG."""
    is_jpeg = variant.content_type == JPEG.content_type
    return is_jpeg and probe(variant.body, Limits()).header.progressive


def is_lossless(variant: Variant) -> bool:
    """Whether it is a WebP without loss."""
    is_webp = variant.content_type == WEBP.content_type
    return is_webp and webp.is_lossless(variant.body)
