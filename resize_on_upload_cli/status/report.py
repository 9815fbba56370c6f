"""The facts about one image, as `status` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.status.facts import ABSENT, iso

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cli.status.facts import ImageFacts, OriginalFacts, SizeStatus
    from resize_on_upload_cli.status.verdict import Verdict


def lines(image: ImageFacts, verdict: Verdict) -> Iterator[str]:
    """Yield the answer, what it is based on, and what to do."""
    code = f" ({verdict.code})" if verdict.code else ""
    yield f"{image.key}: {verdict.message}{code}"
    yield ""
    if image.original:
        yield from _original(image.original)
    shown = [size for size in image.sizes if size.state != ABSENT]
    width = max((len(size.name) for size in shown), default=0)
    for size in shown:
        yield f"{size.name:<{width}}  {size.state:<11}  {_about(size)}".rstrip()
    yield from _history(image, verdict)
    yield ""
    yield verdict.advice


def document(image: ImageFacts, verdict: Verdict) -> dict[str, Any]:
    """Return the same for programs."""
    return {
        "key": image.key,
        "state": verdict.state,
        "code": verdict.code,
        "message": verdict.message,
        "advice": verdict.advice,
        "original": image.original.document() if image.original else None,
        "deleted": iso(image.deleted) if image.deleted else None,
        "variants": [size.document() for size in image.sizes],
        "records": [record.document() for record in image.records],
        "log": [line.document() for line in image.lines],
        "notes": list(image.notes),
    }


def _original(original: OriginalFacts) -> Iterator[str]:
    about = [
        f"{original.bytes:,} bytes",
        original.type or "without a type",
        iso(original.modified),
        original.storage_class,
        f"ETag {original.etag}",
    ]
    if original.version:
        about.append(f"version {original.version}")
    if original.focus:
        about.append(f"focus {original.focus}")
    yield f"original: {', '.join(about)}"
    yield ""


def _about(size: SizeStatus) -> str:
    stored, parts = size.stored, list[str]()
    if size.code or size.why:  # the first line has the sentence of a rejection
        parts.append(size.code or size.why)
    if stored:
        pixels = f"{stored.width}x{stored.height} " if stored.width else ""
        parts.append(f"{pixels}{stored.type or 'without a type'}")
        parts += [f"{stored.bytes:,} bytes", iso(stored.modified)]
    if size.url:
        parts.append(size.url)
    return ", ".join(parts)


def _history(image: ImageFacts, verdict: Verdict) -> Iterator[str]:
    if image.records or image.lines or image.notes:
        yield ""
    for record in image.records:
        known = record.message in verdict.message or record.message == record.code
        about = record.code if known else f"{record.code}: {record.message}"
        yield f"{record.queue} queue: {record.time}  {about}"
    for line in image.lines:
        yield f"log: {line.for_people()}"
    for note in image.notes:
        yield f"note: {note}"
