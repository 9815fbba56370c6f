"""Headers, metadata and tags copied from an original to its variants (`carryOver`).

And which optional metadata of its own the function adds.
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
"""HTTP header → boto3's argument."""

STORAGE_CLASSES = ("INTELLIGENT_TIERING", "STANDARD_IA", "ONEZONE_IA", "GLACIER_IR")
"""Storage classes, other than the standard one, that can be read immediately."""

METADATA_PREFIX = "metadata:"
"""Prefix of a name that refers to the uploader's metadata."""

TAG_PREFIX = "tag:"
"""Prefix of a name that refers to a tag."""

MAX_METADATA_BYTES = 1_024
"""Of copied metadata; S3 holds 2 KB, and the function adds its own."""


@dataclass(frozen=True, slots=True)
class CarriedOver:
    """The copied values, as boto3 arguments.

    Attributes:
        fields: Arguments of `put_object`.
        metadata: The uploader's metadata; the function's own overwrites it.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)

    def for_manifest(self) -> CarriedOver:
        """The subset that applies to the manifest, which is not an image."""
        of_images = ("ContentDisposition", "ContentLanguage")
        kept = {k: v for k, v in self.fields.items() if k not in of_images}
        return CarriedOver(kept, self.metadata)


@dataclass(frozen=True, slots=True)
class CarryOverRules:
    """What is stored with each variant of this deployment.

    Attributes:
        names: Of FIELDS, `metadata:NAME` or `tag:NAME`.
        cache_control: For variants that copy none from their original.
        storage_class: For variants that copy none; empty: S3's standard class.
        base_url: What variants' URLs in manifests begin with; empty: nothing.
        versions: Whether each variant has its version, for URLs with `?v=`.
        cache_tags: Whether each variant has the tag by which caches forget it.
    """

    names: tuple[str, ...] = ()
    cache_control: str = ""
    storage_class: str = ""
    base_url: str = ""
    versions: bool = False
    cache_tags: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> CarryOverRules:
        """Read the rules from the function's environment variables."""
        return cls(
            names=parse(environment.get("CARRY_OVER", "")),
            cache_control=environment.get("CACHE_CONTROL", ""),
            storage_class=environment.get("STORAGE_CLASS", ""),
            base_url=environment.get("BASE_URL", ""),
            versions=environment.get("VERSIONED_URLS") == "true",
            cache_tags=environment.get("CACHE_TAGS") == "true",
        )

    @property
    def tags(self) -> tuple[str, ...]:
        """The names of the tags to copy; reading tags takes a separate call."""
        return tuple(
            name.removeprefix(TAG_PREFIX)
            for name in self.names
            if name.startswith(TAG_PREFIX)
        )

    def select(
        self, response: Mapping[str, Any], tags: Mapping[str, str]
    ) -> CarriedOver:
        """Pick the values to copy from an original's response and tags."""
        fields = {
            boto: str(response[boto])
            for name, boto in FIELDS.items()
            if name in self.names and response.get(boto)
        }
        if fields.get("StorageClass") not in STORAGE_CLASSES:
            fields.pop("StorageClass", None)  # an archived variant could not be served
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
            # S3 returns other than ASCII encoded (RFC 2047): that is ASCII, and copied.
            if value and value.isascii() and left >= 0:
                found[key] = value
        return found


_METADATA = re.compile(rf"{METADATA_PREFIX}[!-~]+")
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
_TAG = re.compile(rf"{TAG_PREFIX}[\w +=.:/@-]{{1,128}}")

NOTHING_CARRIED_OVER = CarriedOver()
NO_RULES = CarryOverRules()


def parse(text: str) -> tuple[str, ...]:
    """Parse comma-separated names; only tags are case-sensitive.

    Raises:
        ValueError: one of them is not valid.
    """
    given = (name.strip() for name in text.split(","))
    names = [name if _TAG.fullmatch(name) else name.lower() for name in given if name]
    for name in names:
        if not (name in FIELDS or _METADATA.fullmatch(name) or _TAG.fullmatch(name)):
            raise ValueError(name)
    return tuple(names)
