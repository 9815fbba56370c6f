"""The state of each deployed size of one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload.errors import (
    ArchivedObject,
    EmptyObject,
    KeyTooLong,
    TooLargeFile,
)
from resize_on_upload.reconcile.recipe import combined_recipe, recipe_of
from resize_on_upload.sizes.size import REQUEST, sizes_for_key
from resize_on_upload_cli.compare.key_diff import (
    CURRENT,
    EXPIRED,
    MISSING,
    ORPHANED,
    REJECTED,
    STALE,
)
from resize_on_upload_cli.status.facts import (
    ABSENT,
    NO_SIZE,
    ON_REQUEST,
    SizeStatus,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.monitoring.log_line import LogLine
    from resize_on_upload_cli.stack.deployment import Deployment
    from resize_on_upload_cli.status.facts import (
        OriginalFacts,
        QueueRecord,
        StoredFacts,
    )


_DAY = 86_400

_SEEN: dict[str, str] = {
    EmptyObject.reason: "the object has no bytes",
    TooLargeFile.reason: "the object has more bytes than the function reads",
    ArchivedObject.reason: "the object is in an archive: restore it first",
}
"""What can be seen of an original without reading it."""


@dataclass(frozen=True, slots=True)
class _State:
    """The state of a size, its reason, and the code if that is a rejection."""

    name: str
    why: str = ""
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Sizes:
    """What decides on the state of a size.

    Attributes:
        stored: Name of a size → its variant.
        rejection: Why the function is known to have rejected the original: a code and
            a sentence.
    """

    deployment: Deployment
    key: str
    original: OriginalFacts | None
    stored: Mapping[str, StoredFacts]
    rejection: tuple[str, str] | None

    def statuses(self) -> Iterator[SizeStatus]:
        """Yield the state of each deployed size."""
        stack = self.deployment
        for size in stack.sizes:
            state = self._state(size)
            has_url = stack.url and state.name not in (NO_SIZE, ABSENT)
            yield SizeStatus(
                name=size.name,
                state=state.name,
                place=size.variant_key(self.key),
                why=state.why,
                code=state.code,
                stored=self.stored.get(size.name),
                url=stack.variant_url(size, self.key) if has_url else None,
            )

    @property
    def _wanted(self) -> Sequence[Size]:
        return sizes_for_key(self.deployment.sizes, self.key)

    def _state(self, size: Size) -> _State:
        stored = self.stored.get(size.name)
        if size not in self._wanted:
            why = "include and exclude leave it out for this key"
            return _State(ORPHANED if stored else NO_SIZE, why)
        if self.original is None:
            if stored:
                return _State(ORPHANED, "its original is gone")
            return _State(ABSENT, "there is no original")
        if stored:
            return self._of_stored(size, stored, self.original)
        return self._of_missing(size, self.original)

    def _of_stored(
        self, size: Size, stored: StoredFacts, original: OriginalFacts
    ) -> _State:
        if stored.source_id != original.source_id:
            return _State(STALE, "of another original")
        rules = self.deployment.store.carry_over
        if stored.recipe != recipe_of(size, self._wanted, rules):
            return _State(STALE, "made by another recipe")
        return _State(CURRENT)

    def _of_missing(self, size: Size, original: OriginalFacts) -> _State:
        if size.key_too_long(self.key):
            why = "its key would be longer than S3 allows"
            return _State(REJECTED, why, KeyTooLong.reason)
        if self.rejection:
            code, message = self.rejection
            return _State(REJECTED, message, code)
        if size.make == REQUEST:
            return _State(ON_REQUEST, "made when it is first viewed")
        days = self.deployment.expiration_days
        age = self.deployment.clock.wall_time() - original.modified.timestamp()
        if days is not None and age > days * _DAY:
            return _State(EXPIRED, f"S3 deletes variants after {days} days")
        return _State(MISSING, "not made yet")


def known_rejection(
    deployment: Deployment,
    original: OriginalFacts | None,
    records: Sequence[QueueRecord],
    lines: Sequence[LogLine],
) -> tuple[str, str] | None:
    """Return the code and sentence with which the function has rejected this original.

    Records in the queue expire after two weeks; older rejections may be in the log.
    """
    if original is None:
        return None
    if original.rejection:
        return original.rejection, _SEEN[original.rejection]
    now = (original.source_id, combined_recipe(deployment.sizes))
    for record in reversed(records):
        if record.decided_by == now:
            return record.code, record.message
    uploaded = original.modified.timestamp() * 1_000
    for line in lines:
        if line.event == "image.rejected" and line.milliseconds >= uploaded:
            return line.code or "", line.message or ""
    return None
