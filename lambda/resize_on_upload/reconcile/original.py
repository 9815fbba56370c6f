"""One key's original as it was last read, and what was made of it so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import KeyTooLong, Rejected
from ..sizes.size import MAX_KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..imaging.results import ImageResult, Variant
    from ..sizes.size import Size
    from ..storage.store import Original, Store
    from .report import Report


class OriginalImage:
    """What the rounds of one key need not do twice.

    Attributes:
        original: As it was read; None before that, and where it is gone.
        made: Its variants so far.
    """

    def __init__(
        self,
        key: str,
        store: Store,
        wanted: Sequence[Size],
        make_variants: Callable[[bytes, Sequence[Size]], ImageResult],
        report: Report,
    ) -> None:
        self._key, self._store, self._wanted = key, store, wanted
        self._make_variants, self._report = make_variants, report
        self.original: Original | None = None
        self.made: dict[Size, Variant] = {}
        self._rejection: Rejected | None = None

    def is_current(self) -> bool:
        """Whether the original that was identified is the one that was read."""
        return bool(self.original and self.original.source_id == self._report.source_id)

    def download(self) -> bool:
        """Read the original; False where it is gone.

        Raises:
            Rejected: it cannot be read into memory.
        """
        self.original, self.made, self._rejection = None, {}, None
        with self._report.timed("download"):
            self.original = self._store.get_original(self._key)
        if self.original is None:
            return False
        self._report.source_id = self.original.source_id
        self._report.source_bytes = len(self.original.body)
        return True

    def make_variants(self, sizes: Sequence[Size]) -> None:
        """Make what is asked for and not made yet; all of it or nothing.

        Raises:
            Rejected: the original cannot be resized.
        """
        missing = [size for size in sizes if size not in self.made]
        if not missing or self.original is None:
            return
        try:
            if self._rejection:
                raise self._rejection
            self._reject_long_keys()
            with self._report.timed("derive"):
                result = self._make_variants(self.original.body, missing)
        except Rejected as error:
            self._rejection = error
            raise
        self._report.add_result(result)
        self.made |= {variant.size: variant for variant in result.variants}

    def _reject_long_keys(self) -> None:
        for size in self._wanted:
            if size.key_too_long(self._key):
                length = len(size.variant_key(self._key).encode())
                msg = (
                    f"with its prefix {size.name}/ the key has {length} bytes; S3 holds"
                    f" at most {MAX_KEY_BYTES}. Upload it under a shorter key"
                )
                raise KeyTooLong(msg)
