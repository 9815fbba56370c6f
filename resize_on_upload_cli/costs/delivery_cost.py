"""What variants cost if they are made on request, and if they are made at upload."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload_cli.costs.prices import PRICES
from resize_on_upload_cli.costs.upload_cost import (
    S3_WAIT_MS,
    TRANSFER_MS,
    billed_seconds,
    compute_dollars,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resize_on_upload_cli.costs.upload_cost import MeanUpload

REQUEST_READS = 6
"""GETs and HEADs of S3 for a variant that is made on request: CloudFront's GET that
finds it missing; the function's HEAD of the variant, HEAD and GET of the original, HEAD
of the original after the PUT, and GET of the variant."""

_HEAD_MS, _GET_MS, _PUT_MS = 15.0, 25.0, 30.0
"""Milliseconds of waiting for S3. Assumed like upload_cost.S3_WAIT_MS, their sum."""

REQUEST_WAIT_MS = 3 * _HEAD_MS + 2 * _GET_MS + _PUT_MS
"""Milliseconds of waiting in the function's calls, which are one after another."""

MONTHS = 12
"""How long variants are stored."""


@dataclass(frozen=True, slots=True)
class MeanSize:
    """One size of an average upload.

    Attributes:
        alone_ms: Milliseconds of a core to make it alone, with decoding.
        added_ms: Milliseconds of a core that it adds to other sizes' time.
        bytes: Of its variant.
    """

    name: str
    alone_ms: float
    added_ms: float
    bytes: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The cost of one size, or of all, made at upload or on request.

    All costs are US dollars per original, and include storage for MONTHS.

    Attributes:
        seconds: Billed seconds per variant that is made on request.
        at_upload: What making it after the upload adds to the upload's cost.
        on_request: What it costs if a viewer asks for it.
    """

    name: str
    bytes: float
    seconds: float
    at_upload: float
    on_request: float

    @property
    def share(self) -> float:
        """The share of variants below which "on request" costs less, 0 to 1."""
        return min(1.0, self.at_upload / self.on_request)

    def document(self, uploads: int) -> dict[str, Any]:
        """Return it for a number of uploads, as `estimate --json` prints it."""
        dollars = {
            "at_upload": round(self.at_upload * uploads, 2),
            "on_request": round(self.on_request * uploads, 2),
        }
        share = {"cheaper_on_request_below": round(self.share, 3)}
        return asdict(self) | {"seconds": round(self.seconds, 3)} | dollars | share


def of_size(size: MeanSize, memory: int) -> Choice:
    """Return the choice for one size, while others are made at the upload."""
    stored = storage_dollars(size.bytes)
    seconds = billed_seconds(size.alone_ms + TRANSFER_MS, memory, REQUEST_WAIT_MS)
    added = billed_seconds(size.added_ms, memory, 0.0)
    return Choice(
        name=size.name,
        bytes=round(size.bytes),
        seconds=seconds,
        at_upload=PRICES["s3_put"] + compute_dollars(added, memory) + stored,
        on_request=on_request_dollars(seconds, memory) + stored,
    )


def of_sizes(
    sizes: Sequence[MeanSize], together_ms: float, memory: int, *, manifest: bool
) -> list[Choice]:
    """Return the choice for each size, and for all together.

    Args:
        sizes: Those of an average upload.
        together_ms: Milliseconds of a core to make them all.
        memory: The function's.
        manifest: Whether there is one: an upload is then decoded in any case.
    """
    each = [of_size(size, memory) for size in sizes]
    seconds = billed_seconds(together_ms + TRANSFER_MS, memory)
    together = _of_all(each, seconds, memory, manifest=manifest)
    return [*each, together] if len(each) > 1 else [together]


def _of_all(
    choices: Sequence[Choice], upload_seconds: float, memory: int, *, manifest: bool
) -> Choice:
    on_request = sum(choice.on_request for choice in choices)
    at_upload = sum(choice.at_upload for choice in choices)
    if not manifest:
        stored = sum(storage_dollars(choice.bytes) for choice in choices)
        at_upload = (
            _all_at_upload_dollars(upload_seconds, len(choices), memory) + stored
        )
    return Choice(
        name="all",
        bytes=sum(choice.bytes for choice in choices),
        seconds=sum(choice.seconds for choice in choices) / len(choices),
        at_upload=at_upload,
        on_request=on_request,
    )


def of_uploads(mean: MeanUpload, memory: int, *, manifest: bool) -> Choice | None:
    """Return the choice for all sizes of measured uploads; None if they got none.

    Args:
        mean: With the billed milliseconds.
        memory: The function's.
        manifest: Whether one of the variants is a manifest, which is never made on
            request alone.
    """
    variants = mean.variants - manifest
    if variants <= 0:
        return None
    seconds = (mean.milliseconds + REQUEST_WAIT_MS - S3_WAIT_MS) / 1_000
    stored = storage_dollars(mean.written_bytes)
    at_upload = (
        variants * PRICES["s3_put"]
        if manifest
        else _all_at_upload_dollars(mean.milliseconds / 1_000, variants, memory)
    )
    return Choice(
        name="all",
        bytes=round(mean.written_bytes),
        seconds=seconds,
        at_upload=at_upload + stored,
        on_request=variants * on_request_dollars(seconds, memory) + stored,
    )


def _all_at_upload_dollars(seconds: float, variants: float, memory: int) -> float:
    """Return how much more an upload costs if it makes all variants, not none.

    One that makes none looks for them: they may be stale.
    """
    compute = compute_dollars(seconds - _HEAD_MS / 1_000, memory)
    reads = (2 - variants) * PRICES["s3_get"]
    return compute + float(variants * PRICES["s3_put"] + reads)


def on_request_dollars(seconds: float, memory: int) -> float:
    """Return the price of making one variant on request, without its storage."""
    requests = PRICES["s3_put"] + REQUEST_READS * PRICES["s3_get"]
    return compute_dollars(seconds, memory) + float(PRICES["lambda_request"] + requests)


def storage_dollars(size: float) -> float:
    """Return the price of storing that many bytes for MONTHS."""
    return float(size / 1e9 * PRICES["s3_gb_month"] * MONTHS)
