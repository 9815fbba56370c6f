"""Why an image is not there, in a sentence, and what to run."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    FAILED,
    NO_SIZE,
    ON_REQUEST,
    iso,
)
from resize_on_upload_cli.terminal import plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resize_on_upload_cli.status.facts import ImageFacts, OriginalFacts


_MOMENT = 60.0
"""Seconds in which an upload may still be in progress."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer.

    Attributes:
        state: One of facts.STATES.
        message: Why, in a sentence.
        advice: What to do, with the command to run.
        code: Of a rejection or failure.
    """

    state: str
    message: str
    advice: str
    code: str | None = None

    @property
    def is_fine(self) -> bool:
        """Whether there is nothing to do."""
        return self.state in (CURRENT, ON_REQUEST)


def judge(image: ImageFacts, *, has_urls: bool) -> Verdict:
    """Return the answer for an image."""
    if image.original is None:
        return _without_original(image)
    if rejected := image.of_state(REJECTED):
        return _rejected(image, rejected)
    if behind := image.of_state(MISSING, STALE):
        return _failure(image, image.original) or _behind(image, behind)
    if image.of_state(EXPIRED):
        return _expired(image, has_urls=has_urls)
    if orphaned := image.of_state(ORPHANED):
        message = f"{_names(orphaned)}: its path has no such size"
        return Verdict(ORPHANED, message, _run(f"prune --prefix {_key(image)}"))
    return _in_order(image, has_urls=has_urls)


def _without_original(image: ImageFacts) -> Verdict:
    if orphaned := image.of_state(ORPHANED):
        message = f"its original is gone, and {_names(orphaned)} still there"
        return Verdict(ORPHANED, message, _run(f"prune --prefix {_key(image)}"))
    if image.deleted:
        message = f"the original was deleted at {iso(image.deleted)}"
        advice = "Upload it again, or remove its delete marker in S3."
        return Verdict(ABSENT, message, advice)
    message = "there is no original with this key"
    if image.similar:
        again = _run(f"status {shlex.quote(image.similar)}")
        return Verdict(ABSENT, f"{message}; there is {image.similar}", again)
    advice = f"Upload it: {_run('upload FILE', sentence=False)}."
    return Verdict(ABSENT, message, advice)


def _rejected(image: ImageFacts, names: Sequence[str]) -> Verdict:
    first = next(one for one in image.sizes if one.state == REJECTED)
    only = "" if len(names) == len(image.sizes) else f" ({_names(names)})"
    advice = (
        f"docs/operations.md#reasons explains {first.code}; then upload it again, or "
        f"{_run(f'redrive rejected --prefix {_key(image)}', sentence=False)}."
    )
    return Verdict(REJECTED, f"rejected: {first.why}{only}", advice, first.code)


def _failure(image: ImageFacts, original: OriginalFacts) -> Verdict | None:
    """Return the answer if the function failed to process this original."""
    advice = (
        "Fix the cause, which docs/operations.md#failed explains; then "
        f"{_run(f'redrive failed --prefix {_key(image)}', sentence=False)}."
    )
    uploaded = iso(original.modified)
    for line in image.lines:
        at = line.time.replace(" ", "T")
        if line.event == "image.failed" and at >= uploaded:
            message = f"the function failed: {line.message or line.code}"
            return Verdict(FAILED, message, advice, line.code)
    failed = [one for one in image.records if one.queue == "failed"]
    if failed and failed[-1].time >= uploaded:
        message = f"the function failed: {failed[-1].message}"
        return Verdict(FAILED, message, advice)
    return None


def _behind(image: ImageFacts, names: Sequence[str]) -> Verdict:
    missing = image.of_state(MISSING)
    state = MISSING if missing else STALE
    whys = dict.fromkeys(
        one.why for one in image.sizes if one.state in (MISSING, STALE)
    )
    message = f"{_names(names)}: {', '.join(whys)}"
    seen = image.records or any(line.function == "upload" for line in image.lines)
    if missing and not seen and image.age < _MOMENT:
        message += f"; it was uploaded {image.age:.0f} s ago"
        again = _run(f"status {_key(image)}", sentence=False)
        return Verdict(state, message, f"Wait a moment, then {again}.")
    if missing and not (seen or image.notes):
        message += "; the log has no line about it since its upload"
    return Verdict(state, message, _run(f"backfill --prefix {_key(image)}"))


def _expired(image: ImageFacts, *, has_urls: bool) -> Verdict:
    why = next(one.why for one in image.sizes if one.state == EXPIRED)
    request = _run(f"urls {_key(image)}", sentence=False)
    again = "Upload it again to have them made."
    if has_urls:
        again = f"To have them made as for a viewer, {request}."
    return Verdict(EXPIRED, f"its variants have expired: {why}", again)


def _in_order(image: ImageFacts, *, has_urls: bool) -> Verdict:
    made, later = image.of_state(CURRENT), image.of_state(ON_REQUEST)
    if not (made or later):
        message = "include and exclude of sizes.json leave no size for this key"
        return Verdict(NO_SIZE, message, _run(f"check {_key(image)}"))
    advice = _run(f"urls {_key(image)}") if has_urls else "Nothing to do."
    if not made:
        message = f"{_names(later)} made when first viewed; none was yet"
        return Verdict(ON_REQUEST, message, advice)
    more = f"; {_names(later)} made when first viewed" if later else ""
    return Verdict(CURRENT, f"up to date: {plural(len(made), 'variant')}{more}", advice)


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)


def _key(image: ImageFacts) -> str:
    return shlex.quote(image.key)


def _run(command: str, *, sentence: bool = True) -> str:
    """Return what to run: a sentence, or its end without the full stop."""
    named = f"un `resize-on-upload {command}`"
    return f"R{named}." if sentence else f"r{named}"
