"""Find dropped sizes: variants under prefixes that sizes.json no longer names.

An object counts as a variant only if its own metadata names the prefix: `aws s3 cp`
copies metadata, too, and copies must not be deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload.sizes.size import MANIFEST, REJECTION
from resize_on_upload_cli.stack.parallel import map_parallel, read_ahead

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.stack.deployment import Deployment

TOP_LEVEL = "(top level)"

NOT_WITH_PREFIX = "Dropped sizes are not searched with --prefix."

_SAMPLE = 20
"""Objects of a prefix to look at; if none is a variant, the others are not."""

VARIANT, COPY, UNCERTAIN, FOREIGN = "variant", "copy", "uncertain", "foreign"
"""What an object is: a variant of the size with its prefix; a copy of another size's
variant; one or the other, written before metadata named the prefix; neither."""


@dataclass(slots=True)
class ForeignPrefix:
    """The objects under a prefix of the resized bucket that no size has.

    Attributes:
        dropped: Whether variants of a dropped size are among them.
        objects: Their number.
        removable: The number of variants of a dropped size.
        copies: Whether copies of variants were found.
        uncertain: Whether objects were found that are variants or copies.
    """

    name: str
    dropped: bool = False
    objects: int = 0
    bytes: int = 0
    removable: int = 0
    copies: bool = False
    uncertain: bool = False

    def document(self) -> dict[str, Any]:
        """Return it as `plan --json` prints it."""
        return {
            "name": self.name,
            "ours": self.dropped,
            "objects": self.objects,
            "bytes": self.bytes,
            "removable": self.removable,
            "unsure": self.copies or self.uncertain,
            "copies": self.copies,
        }


def place(prefix: ForeignPrefix) -> tuple[bool, str]:
    """Return what sorts prefixes as S3 lists them; the top level is the last."""
    return prefix.name == TOP_LEVEL, prefix.name


@dataclass(frozen=True, slots=True)
class ForeignObject:
    """An object under such a prefix, and what it is."""

    key: str
    etag: str
    kind: str


def foreign_prefixes(
    deployment: Deployment, sizes: Iterable[Size]
) -> Iterator[ForeignPrefix]:
    """Yield every prefix of the resized bucket that no size has."""
    names = {f"{size.name}/" for size in (*sizes, REJECTION)}
    top = ForeignPrefix(TOP_LEVEL)
    for page in deployment.reader.objects(deployment.resized, delimiter="/"):
        for entry in page.entries:
            top.objects += 1
            top.bytes += entry["Size"]
        for prefix in page.prefixes:
            if prefix not in names:
                yield _foreign_prefix(deployment, prefix)
    if top.objects:
        yield top


def variants(deployment: Deployment, prefix: str) -> Iterator[ForeignObject]:
    """Yield the variants of the dropped size that had this prefix."""
    return (one for one in _head_all(deployment, prefix) if one.kind == VARIANT)


def kind(prefix: str, key: str, metadata: Mapping[str, str]) -> str:
    """Return what the object at `<prefix>/…` is, one of the kinds above."""
    if _is_variant(prefix, key, metadata):
        return VARIANT
    if "recipe" not in metadata:
        return FOREIGN
    return COPY if metadata.get("prefix", prefix) != prefix else UNCERTAIN


def _is_variant(prefix: str, key: str, metadata: Mapping[str, str]) -> bool:
    """Return whether the function wrote this object for the size with this prefix.

    Older variants do not name their prefix. Of them only those count whose prefix is
    their geometry, as it is if sizes.json gives no name.
    """
    if not (metadata.get("source") and metadata.get("recipe")):
        return False
    if "prefix" in metadata:
        return metadata["prefix"] == prefix
    if prefix == MANIFEST.name and key.endswith(MANIFEST.suffix):
        return metadata.get("geometry") == MANIFEST.geometry.text
    return metadata.get("geometry") == prefix


def _foreign_prefix(deployment: Deployment, name: str) -> ForeignPrefix:
    found = ForeignPrefix(name)
    for entry in _list(deployment, name):
        found.objects += 1
        found.bytes += entry["Size"]
    kinds = {one.kind for one in _head_all(deployment, name, _SAMPLE)}
    found.dropped, found.copies = VARIANT in kinds, COPY in kinds
    found.uncertain = UNCERTAIN in kinds
    if found.dropped:
        found.removable = sum(1 for _ in variants(deployment, name))
    return found


def _head_all(
    deployment: Deployment, name: str, maximum: int | None = None
) -> Iterator[ForeignObject]:
    """HEAD the objects under a prefix, except folder markers."""
    listed = (entry["Key"] for entry in _list(deployment, name))
    keys = islice((key for key in listed if not key.endswith("/")), maximum)
    found = map_parallel(partial(_head, deployment, name.removesuffix("/")), keys)
    return (one for one in found if one)


def _head(deployment: Deployment, prefix: str, key: str) -> ForeignObject | None:
    try:
        found = deployment.reader.head_object(Bucket=deployment.resized, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "404":
            return None
        raise
    return ForeignObject(key, found["ETag"], kind(prefix, key, found["Metadata"]))


def _list(deployment: Deployment, name: str) -> Iterator[Mapping[str, Any]]:
    pages = deployment.reader.objects(deployment.resized, name)
    return read_ahead(page.entries for page in pages)
