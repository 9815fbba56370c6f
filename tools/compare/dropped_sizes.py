"""What lies in the resized bucket outside of the configured sizes, and whose it is.

An object there is a variant of a dropped size only where it says so itself: nobody's
copies may be taken for one, and `aws s3 cp` copies metadata, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload.sizes.size import MANIFEST
from tools.stack.deployment import side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from resize_on_upload.sizes.size import Size
    from tools.stack.deployment import Deployment

TOP = "(top level)"

NOT_WITH_PREFIX = "Dropped sizes are not looked at with --prefix."

_SAMPLE = 20
"""Objects of an unknown prefix that are looked at to tell whether to look at all."""


@dataclass(slots=True)
class Unknown:
    """What lies under one prefix of the resized bucket that no size has.

    Attributes:
        ours: Whether variants of a dropped size are there.
        removable: Of the objects, how many are such variants.
        unsure: Whether there is what may be a variant or somebody's copy of one.
    """

    name: str
    ours: bool = False
    objects: int = 0
    bytes: int = 0
    removable: int = 0
    unsure: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """One object under an unknown prefix, looked at.

    Attributes:
        ours: Whether it is a variant of the size that had this prefix.
        unsure: Whether it may be one.
    """

    key: str
    etag: str
    ours: bool
    unsure: bool


def unknown(deployment: Deployment, sizes: Iterable[Size]) -> Iterator[Unknown]:
    """What lies in the resized bucket under no size's prefix."""
    client, bucket = deployment.client("s3"), deployment.resized
    names = {f"{size.name}/" for size in sizes}
    top = Unknown(TOP)
    for page in client.get_paginator("list_objects_v2").paginate(
        Bucket=bucket, Delimiter="/"
    ):
        for entry in page.get("Contents", ()):
            top.objects += 1
            top.bytes += entry["Size"]
        for entry in page.get("CommonPrefixes", ()):
            if entry["Prefix"] not in names:
                yield _counted(deployment, entry["Prefix"])
    if top.objects:
        yield top


def variants(deployment: Deployment, prefix: str) -> Iterator[Seen]:
    """The variants of the dropped size that had this prefix."""
    return (seen for seen in _look(deployment, prefix) if seen.ours)


def is_variant_of(prefix: str, key: str, metadata: Mapping[str, str]) -> bool:
    """Whether the function made this object, for the size with this prefix.

    Variants name their prefix. Older ones do not: of them only those count whose
    prefix is their geometry, as it is where sizes.json gives no name.
    """
    if not (metadata.get("source") and metadata.get("recipe")):
        return False
    if "prefix" in metadata:
        return metadata["prefix"] == prefix
    if prefix == MANIFEST.name and key.endswith(MANIFEST.suffix):
        return metadata.get("geometry") == MANIFEST.geometry.text
    return metadata.get("geometry") == prefix


def _counted(deployment: Deployment, name: str) -> Unknown:
    found = Unknown(name)
    for entry in _listed(deployment, name):
        found.objects += 1
        found.bytes += entry["Size"]
    sample = list(_look(deployment, name, _SAMPLE))
    found.ours = any(seen.ours for seen in sample)
    found.unsure = any(seen.unsure for seen in sample)
    if found.ours:
        found.removable = sum(1 for _ in variants(deployment, name))
    return found


def _look(deployment: Deployment, name: str, most: int | None = None) -> Iterator[Seen]:
    """The objects under a prefix, no folder markers, each with a HEAD."""
    listed = (entry["Key"] for entry in _listed(deployment, name))
    keys = islice((key for key in listed if not key.endswith("/")), most)
    found = side_by_side(partial(_seen, deployment, name.removesuffix("/")), keys)
    return (seen for seen in found if seen)


def _seen(deployment: Deployment, prefix: str, key: str) -> Seen | None:
    client, bucket = deployment.client("s3"), deployment.resized
    try:
        answer = client.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return None
        raise
    metadata = answer["Metadata"]
    ours = is_variant_of(prefix, key, metadata)
    return Seen(key, answer["ETag"], ours, "recipe" in metadata and not ours)


def _listed(deployment: Deployment, name: str) -> Iterator[dict[str, Any]]:
    pages = deployment.client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=deployment.resized, Prefix=name):
        yield from page.get("Contents", ())
