"""What is known of rejections: by listings, by keys, and by the function's objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload.errors import KeyTooLong
from resize_on_upload.sizes.size import REJECTION, UPLOAD

if TYPE_CHECKING:
    from collections.abc import Iterable

    from resize_on_upload.sizes.size import Size
    from resize_on_upload.storage.objects import StoredVariant
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.stack.listing import ListedObject


def seen(original: ListedObject, wanted: Iterable[Size]) -> str | None:
    """Return the code of a rejection that needs no record: records expire."""
    if original.rejection:
        return original.rejection
    at_upload = (size for size in wanted if size.make == UPLOAD)
    too_long = any(size.key_too_long(original.key) for size in at_upload)
    return KeyTooLong.reason if too_long else None


def stored(deployment: Deployment, key: str) -> StoredVariant | None:
    """Return the object about a key's rejection, by a HEAD; None if there is none."""
    if REJECTION.key_too_long(key):  # S3 refuses
        return None
    return deployment.headers.head_variant(REJECTION.variant_key(key))


def stored_code(
    deployment: Deployment, key: str, decided_by: tuple[str, str]
) -> str | None:
    """Return the code of a key's rejection, if these decided it: original and sizes."""
    found = stored(deployment, key)
    if found is None or (found.source_id, found.recipe) != decided_by:
        return None
    return found.code or None


def split(
    entries: Iterable[ListedObject],
) -> tuple[list[ListedObject], list[ListedObject]]:
    """Separate what is listed of a key: variants and original, and its rejection."""
    found: tuple[list[ListedObject], list[ListedObject]] = ([], [])
    for entry in entries:
        found[entry.size is REJECTION].append(entry)
    return found
