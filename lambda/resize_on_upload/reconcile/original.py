"""One key's original, downloaded at most once, and the variants made of it so far."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from ..errors import KeyTooLong, Rejected
from ..imaging.facts.facts import of_photo
from ..sizes import focus
from ..sizes.size import MAX_KEY_BYTES
from ..storage.carry_over import NOTHING_CARRIED_OVER, CarriedOver

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..imaging.results import Variant
    from ..sizes.size import Size
    from ..storage.objects import Original
    from .config import ReconcileConfig
    from .report import Report


class OriginalImage:
    """Keeps the original and its variants between the rounds of one key.

    Args:
        sizes: Those the key gets.
        report: Its `source_id` is the original that a round works with.

    Attributes:
        made: The variants made of the downloaded original so far.
    """

    def __init__(
        self, key: str, sizes: Sequence[Size], config: ReconcileConfig, report: Report
    ) -> None:
        self._key, self._sizes, self._report = key, sizes, report
        self._store, self._job = config.store, config.make_variants
        self._downloaded: Original | None = None
        self._rejection: Rejected | None = None
        self.made: dict[Size, Variant] = {}

    @property
    def carried_over(self) -> CarriedOver:
        """What its variants repeat of it."""
        if self._downloaded is None:
            return NOTHING_CARRIED_OVER
        return self._downloaded.carried_over

    def about(self, manifest: Size) -> dict[str, object]:
        """What a manifest says of it, but for its pixels."""
        report = self._report
        body = self._downloaded.body if self._downloaded else b""
        return {
            "key": self._key,
            "id": report.source_id or "",
            "bytes": report.source_bytes or 0,
            **({"focus": asdict(report.focus)} if report.focus else {}),
            **of_photo(body, manifest),
        }

    def look_up(self) -> bool:
        """Report which original there is; False if there may be none."""
        self._report.source_id = self._store.head_original(self._key)
        return self._report.source_id is not None

    def is_unchanged(self) -> bool:
        """True if the original still is the reported one."""
        with self._report.timed("recheck"):
            return self._store.head_original(self._key) == self._report.source_id

    def is_current(self) -> bool:
        """True if the downloaded original is the reported one."""
        if self._downloaded is None:
            return False
        return self._downloaded.source_id == self._report.source_id

    def download(self) -> bool:
        """Download and report the original; False if there is none.

        Raises:
            Rejected: it cannot be read into memory.
        """
        self._downloaded, self._rejection, self.made = None, None, {}
        with self._report.timed("download"):
            self._downloaded = self._store.get_original(self._key)
        if self._downloaded is None:
            return False
        self._report.source_id = self._downloaded.source_id
        self._report.source_bytes = len(self._downloaded.body)
        self._read_focus(self._downloaded.focus)
        return True

    def make_variants(self, sizes: Sequence[Size]) -> None:
        """Make those of `sizes` that are not made yet: all of them or none.

        Raises:
            Rejected: the original cannot be resized.
        """
        missing = [size for size in sizes if size not in self.made]
        if not missing or self._downloaded is None:
            return
        try:
            if self._rejection:
                raise self._rejection
            self._reject_long_keys()
            with self._report.timed("derive"):
                focused = [size.focused_on(self._report.focus) for size in missing]
                result = self._job(self._downloaded.body, focused)
        except Rejected as error:
            self._rejection = error
            raise
        self._report.add_result(result)
        self.made |= dict(zip(missing, result.variants, strict=True))

    def _read_focus(self, text: str | None) -> None:
        self._report.focus = self._report.focus_ignored = None
        if text is None:
            return
        try:
            self._report.focus = focus.parse(text)
        except focus.FocusError as error:
            self._report.focus_ignored = str(error)

    def _reject_long_keys(self) -> None:
        for size in self._sizes:
            if size.key_too_long(self._key):
                length = len(size.variant_key(self._key).encode())
                msg = (
                    f"with its prefix {size.name}/ the key has {length} bytes; S3 holds"
                    f" at most {MAX_KEY_BYTES}. Upload it under a shorter key"
                )
                raise KeyTooLong(msg)
