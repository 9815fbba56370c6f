"""The text of the query: states.sql, with what depends on sizes.json and the stack."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from resize_on_upload.errors import (
    ArchivedObject,
    EmptyObject,
    KeyTooLong,
    TooLargeFile,
)
from resize_on_upload.reconcile.recipe import combined_recipe
from resize_on_upload.sizes.size import MANIFEST
from resize_on_upload.storage.carry_over import NO_RULES
from resize_on_upload.storage.responses import MAX_ORIGINAL_BYTES
from resize_on_upload_cli.compare import dropped_sizes
from resize_on_upload_cli.compare.key_diff import CURRENT, MISSING, STALE
from resize_on_upload_cli.compare.plan import MAX_EXAMPLES
from resize_on_upload_cli.stack.listing import ARCHIVES
from resize_on_upload_cli.tables.literals import text
from resize_on_upload_cli.tables.size_bits import SizeBits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload.storage.carry_over import CarryOverRules

_TEMPLATE = Template(Path(__file__).with_name("states.sql").read_text())

SUMMARY = {
    "one_key": "CAST(NULL AS VARCHAR)",
    "keys": f"array_join(min_by(url_encode(key), key, {MAX_EXAMPLES}), ' ')",
}
"""A row for all keys that differ alike, with the first of them."""

EVERY_DIFFERENCE = {
    "one_key": f"CASE WHEN state NOT IN ('{CURRENT}', 'folder') THEN key END",
    "keys": "max(url_encode(key))",
}
"""A row for each key that is not up to date."""

TO_MAKE = {
    "one_key": f"CASE WHEN state IN ('{MISSING}', '{STALE}') THEN key END",
    "keys": "max(url_encode(key))",
}
"""A row for each key that backfill processes."""

_SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Question:
    """What the tables are asked.

    Attributes:
        originals, resized: Both tables, as SQL names them.
        rules: What is stored with each variant.
        prefix: Only keys that begin with it, and no dropped sizes.
        rows: SUMMARY, EVERY_DIFFERENCE or TO_MAKE.
        expiration_days: After which S3 deletes variants; None for never.
        now: Seconds since 1970.
    """

    originals: str
    resized: str
    sizes: Sequence[Size]
    rules: CarryOverRules = NO_RULES
    prefix: str = ""
    rows: Mapping[str, str] = field(default_factory=lambda: SUMMARY)
    expiration_days: int | None = None
    now: float = 0.0

    def sql(self) -> str:
        """Return the query."""
        return _TEMPLATE.substitute(
            {**_CONSTANTS, **self._of_sizes(), **self._of_stack(), **self.rows}
        )

    def _of_stack(self) -> dict[str, str]:
        days = self.expiration_days
        before = self.now - days * _SECONDS_PER_DAY if days is not None else 0.0
        return {
            "originals": self.originals,
            "resized": self.resized,
            "prefix": text(self.prefix),
            "with_others": "FALSE" if self.prefix else "TRUE",
            "expired_before": f"{before:.6f}",
        }

    def _of_sizes(self) -> dict[str, str]:
        bits = SizeBits(tuple(self.sizes))
        return {
            "sizes": bits.rows(self.rules),
            "sizes_of_key": bits.of_key(),
            "manifest": str(bits.manifest),
            # A bit that no variant has, without a manifest.
            "manifest_bit": str(bits.manifest or -1),
            "manifest_recipe": bits.manifest_recipe(self.rules),
            "rejection": str(bits.rejection),
            "at_upload": str(bits.at_upload),
            "on_request": str(bits.on_request),
            "key_too_long": bits.key_too_long(),
            "combined_recipe": combined_recipe(self.sizes),
        }


_CONSTANTS = {
    "empty": EmptyObject.reason,
    "too_large": TooLargeFile.reason,
    "archived": ArchivedObject.reason,
    "too_long": KeyTooLong.reason,
    "max_bytes": str(MAX_ORIGINAL_BYTES),
    "archives": ", ".join(map(text, ARCHIVES)),
    "top_level": dropped_sizes.TOP_LEVEL,
    "manifest_name": MANIFEST.name,
    "manifest_suffix": MANIFEST.suffix,
    "manifest_geometry": MANIFEST.geometry.text,
    "variant": dropped_sizes.VARIANT,
    "copy": dropped_sizes.COPY,
    "uncertain": dropped_sizes.UNCERTAIN,
}
