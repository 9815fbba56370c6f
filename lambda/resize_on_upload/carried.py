"""What an uploader said of an original, and its variants repeat.

S3's own fields and the uploader's metadata, each only where the deployment names it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FIELDS = {
    "cache-control": "CacheControl",
    "content-disposition": "ContentDisposition",
    "content-language": "ContentLanguage",
}
"""Names as in HTTP, and boto3's."""

METADATA = "metadata:"
"""Begins the name of something in the uploader's metadata."""

MOST_METADATA = 1_024
"""Bytes of metadata that come along; S3 holds 2 KB, and ours need some."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What goes along, in boto3's words.

    Attributes:
        fields: Arguments of a PUT.
        metadata: The uploader's own; never a name of ours.
    """

    fields: dict[str, str] = field(default_factory=dict)
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the deployment wants to come along.

    Attributes:
        names: Of FIELDS, or `metadata:NAME`.
        cache_control: For variants whose original has none, or whose is not carried.
        storage_class: Where variants lie; S3's standard one where it is empty.
    """

    names: tuple[str, ...] = ()
    cache_control: str = ""
    storage_class: str = ""

    def carried(self, answer: Mapping[str, Any]) -> Carried:
        """What S3's answer about an original holds of it."""
        fields = {
            boto: str(answer[boto])
            for name, boto in FIELDS.items()
            if name in self.names and answer.get(boto)
        }
        if self.cache_control:
            fields.setdefault("CacheControl", self.cache_control)
        if self.storage_class:
            fields["StorageClass"] = self.storage_class
        return Carried(fields, self._metadata(answer.get("Metadata", {})))

    def _metadata(self, given: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        left = MOST_METADATA
        for name in self.names:
            key = name.removeprefix(METADATA)
            value = given.get(key, "") if key != name else ""
            left -= len(key) + len(value)
            # What S3 could not put into a header it hands out encoded.
            if value and value.isascii() and left >= 0:
                found[key] = value
        return found


NOTHING = Carried()
PLAIN = Rules()


def parse(text: str) -> tuple[str, ...]:
    """Names, separated by commas.

    Raises:
        ValueError: one of them is none.
    """
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    for name in names:
        own = name.removeprefix(METADATA)
        if name not in FIELDS and not (own != name and own.isascii() and own):
            raise ValueError(name)
    return names
