"""How one key differs from what sizes.json wants for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

CURRENT, MISSING, STALE = "current", "missing", "stale"
REJECTED, ORPHANED, EXPIRED = "rejected", "orphaned", "expired"
STATES = (CURRENT, MISSING, STALE, REJECTED, EXPIRED, ORPHANED)


@dataclass(frozen=True, slots=True)
class KeyDiff:
    """A key and its state.

    Attributes:
        state: One of STATES.
        why: The reason, for people.
        sizes: Names of the sizes that are missing, stale or orphaned.
        bytes: Bytes of the original; of an orphan, of its variants.
        variant_keys: The variants of an orphan.
        unwanted: Names of the sizes that the key no longer gets, in addition.
        has_original: Whether the original exists.
    """

    key: str
    state: str
    why: str
    sizes: tuple[str, ...]
    bytes: int
    variant_keys: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    has_original: bool = True

    @property
    def to_make(self) -> bool:
        """Whether backfill makes variants of it."""
        return self.state in (MISSING, STALE)

    @property
    def details(self) -> str:
        """What is made and removed, for people: ` (150x; removes a)`."""
        removed = f"removes {', '.join(self.unwanted)}" if self.unwanted else ""
        parts = [part for part in (", ".join(self.sizes), removed) if part]
        return f" ({'; '.join(parts)})" if parts else ""

    def document(self) -> dict[str, Any]:
        """Return it as `plan --json` prints it."""
        return {
            "key": self.key,
            "state": self.state,
            "why": self.why,
            "sizes": self.sizes,
            "bytes": self.bytes,
            "targets": self.variant_keys,
            "unwanted": self.unwanted,
            "has_original": self.has_original,
        }
