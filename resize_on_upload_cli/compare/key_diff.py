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
        to_delete: Names of those stale sizes that are made on request: the function
            deletes their variants and leaves it to a viewer to have them made again.
        on_request: The number of up-to-date variants that viewers had made.
    """

    key: str
    state: str
    why: str
    sizes: tuple[str, ...]
    bytes: int
    variant_keys: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    has_original: bool = True
    to_delete: tuple[str, ...] = ()
    on_request: int = 0

    @property
    def to_make(self) -> bool:
        """Whether backfill processes it."""
        return self.state in (MISSING, STALE)

    @property
    def made(self) -> tuple[str, ...]:
        """Names of the sizes that are made if the key is processed."""
        return tuple(name for name in self.sizes if name not in self.to_delete)

    @property
    def removed(self) -> tuple[str, ...]:
        """Names of the sizes that are deleted if the key is processed."""
        return (*self.to_delete, *self.unwanted)

    @property
    def details(self) -> str:
        """What is made and removed, for people: ` (150x; removes a)`."""
        removed = f"removes {', '.join(self.removed)}" if self.removed else ""
        parts = [part for part in (", ".join(self.made), removed) if part]
        return f" ({'; '.join(parts)})" if parts else ""

    def document(self) -> dict[str, Any]:
        """Return it as `plan --json` prints it."""
        return {
            "key": self.key,
            "state": self.state,
            "code": self.why if self.state == REJECTED else None,
            "message": self.why or None,
            "why": self.why,
            "sizes": self.sizes,
            "bytes": self.bytes,
            "targets": self.variant_keys,
            "unwanted": self.unwanted,
            "has_original": self.has_original,
            "deletes": self.to_delete,
            "on_request": self.on_request,
        }
