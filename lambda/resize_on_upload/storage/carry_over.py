"""What an uploader said of an original, and its variants repeat.

S3's own fields, the uploader's metadata and tags, each only where the deployment names
it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-language": "ContentLanguage",
    "storage-class": "StorageClass",
}
"""Names as in HTTP, and boto3's."""

STORAGE_CLASSES = ("INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR")
"""Storage classes that can be read at once, beside the standard one."""

METADATA_PREFIX = "metadata:"
"""Begins the name of something in the uploader's metadata."""

TAG_PREFIX = "tag:"
"""Begins the name of a tag."""

MAX_METADATA_BYTES = 1_024
"""Bytes of metadata that come along; S3 holds 2 KB, and ours need some."""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """What goes along, in boto3's words.

    Attributes:
        fields: Arguments of a PUT.
        metadata: The uploader's own; never a name of ours.
    """

    fields: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)

    def for_manifest(self) -> CarriedOver:
        """What a document about the picture repeats: it is no picture to download."""
        of_pictures = ("ContentDisposition", "ContentLanguage")
        kept = {k: v for k, v in self.fields.items() if k not in of_pictures}
        return CarriedOver(kept, self.metadata)


@dataclass(frozen=True, slots=True)
class CarryOverRules:
    """What the deployment wants to come along.

    Attributes:
        names: Of FIELDS, or `metadata:NAME`.
        cache_control: For variants whose original has none, or whose is not carried.
        storage_class: Where variants lie; S3's standard one where it is empty.
    """

    names: tuple[str, ...] = ()
    cache_control: str = ""
    storage_class: str = ""

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> CarryOverRules:
        """What the function's environment says."""
        return cls(
            names=parse(environment.get("CARRY_OVER", "")),
            cache_control=environment.get("CACHE_CONTROL", ""),
            storage_class=environment.get("STORAGE_CLASS", ""),
        )

    @property
    def tags(self) -> tuple[str, ...]:
        """The names of tags that come along; reading them is a call of its own."""
        return tuple(
            name.removeprefix(TAG_PREFIX)
            for name in self.names
            if name.startswith(TAG_PREFIX)
        )

    def select(
        self, response: Mapping[str, Any], tags: Mapping[str, str]
    ) -> CarriedOver:
        """What S3's answers about an original hold of it."""
        fields = {
            boto: str(response[boto])
            for name, boto in FIELDS.items()
            if name in self.names and response.get(boto)
        }
        if fields.get("StorageClass") not in STORAGE_CLASSES:
            fields.pop("StorageClass", None)  # a size in an archive is none
        if self.cache_control:
            fields.setdefault("CacheControl", self.cache_control)
        if self.storage_class:
            fields.setdefault("StorageClass", self.storage_class)
        if named := {name: tags[name] for name in self.tags if name in tags}:
            fields["Tagging"] = urlencode(named)
        return CarriedOver(fields, self._metadata(response.get("Metadata", {})))

    def _metadata(self, given: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        left = MAX_METADATA_BYTES
        for name in self.names:
            key = name.removeprefix(METADATA_PREFIX)
            value = given.get(key, "") if key != name else ""
            left -= len(key) + len(value)
            # What S3 could not put into a header it hands out encoded.
            if value and value.isascii() and left >= 0:
                found[key] = value
        return found


_METADATA = re.compile(rf"{METADATA_PREFIX}[!-~]+")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
_TAG = re.compile(rf"{TAG_PREFIX}[\w +=.:/@-]{{1,128}}")

NOTHING_CARRIED_OVER = CarriedOver()
NO_RULES = CarryOverRules()


def parse(text: str) -> tuple[str, ...]:
    """Names, separated by commas; upper and lower case differ in tags alone.

    Raises:
        ValueError: one of them is none.
    """
    given = (name.strip() for name in text.split(","))
    names = [name if _TAG.fullmatch(name) else name.lower() for name in given if name]
    for name in names:
        if not (name in FIELDS or _METADATA.fullmatch(name) or _TAG.fullmatch(name)):
            raise ValueError(name)
    return tuple(names)
