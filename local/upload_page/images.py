"""The images of the local stack, as the page lists them."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from local.cloud import CloudSession
from local.stack import LOG, ROOT
from local.upload_page.function_log import FunctionLog
from resize_on_upload.sizes.size import REQUEST, sizes_for_key
from resize_on_upload_cli.stack import listing
from resize_on_upload_cli.stack.deployment import Deployment
from resize_on_upload_cli.stack.selection import configured_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.stack import Stack
    from local.upload_page.function_log import Outcome
    from resize_on_upload.sizes.size import Size
    from resize_on_upload.storage.objects import StoredVariant
    from resize_on_upload_cli.stack.listing import ListedObject

MAX_LISTED = 200
"""The page shows the newest images."""

UNFINISHED = ("resizing", "removing")


@dataclass(slots=True)
class Images:
    """Compares both buckets each time it is asked.

    Attributes:
        stack: The deployed stack.
        deployment: What is deployed, as the command line sees it.
    """

    stack: Stack
    deployment: Deployment = field(init=False)
    _log: FunctionLog = field(init=False)
    _known: dict[str, StoredVariant] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        self._log = FunctionLog(self.stack.state / LOG)
        self.read_deployment()

    def read_deployment(self) -> None:
        """Read what is deployed again: after sizes.json has changed."""
        name = self.stack.context.get("stackName") or configured_name(ROOT / "cdk.json")
        self.deployment = Deployment(CloudSession(self.stack.cloud), name)

    @property
    def base(self) -> str:
        """What URLs of variants begin with; empty if none are served."""
        return self.stack.url if self.stack.edge else ""

    def listed(self) -> dict[str, Any]:
        """Return the newest images with their sizes, as JSON for the page."""
        with self._lock:
            self._log.read()
            variants = self._variants()
            originals = [*listing.originals(self.deployment, "")]
            originals.sort(key=lambda one: str(one.modified), reverse=True)
            keys = {one.key for one in originals}
            shown = [self._image(one, variants) for one in originals[:MAX_LISTED]]
            removing = sorted({key for _, key in variants} - keys)
            if not self.deployment.mirrors_deletes:  # they stay
                removing = []
            shown += [self._removed(key, variants) for key in removing]
        return {"images": shown, "more": max(0, len(originals) - MAX_LISTED)}

    def _variants(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Size and key of the original → what S3 lists of the variant."""
        client, bucket = self.deployment.client("s3"), self.deployment.resized
        names = {size.name for size in self._sizes}
        found: dict[tuple[str, str], Mapping[str, Any]] = {}
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", ()):
                name, _, key = entry["Key"].partition("/")
                if name in names:
                    found[name, key] = entry
        return found

    @property
    def _sizes(self) -> list[Size]:
        """The sizes, the manifest aside."""
        return [size for size in self.deployment.sizes if not size.suffix]

    def _image(
        self,
        original: ListedObject,
        variants: Mapping[tuple[str, str], Mapping[str, Any]],
    ) -> dict[str, Any]:
        wanted = sizes_for_key(self._sizes, original.key)
        sizes = [self._size(size, original, variants) for size in wanted]
        outcome = self._log.outcome(original.key, original.source_id)
        state = _state(sizes, outcome)
        return {
            "key": original.key,
            "id": original.source_id,
            "bytes": original.bytes,
            "state": state,
            "sizes": sizes,
            **_facts(outcome),
        }

    def _size(
        self,
        size: Size,
        original: ListedObject,
        variants: Mapping[tuple[str, str], Mapping[str, Any]],
    ) -> dict[str, Any]:
        path = quote(size.variant_key(original.key), safe="/")
        url = self.base + path if self.base else ""
        entry = variants.get((size.name, original.key))
        stored = self._stored(entry, original.source_id) if entry else None
        if entry is None or stored is None:
            waits = "request" if size.make == REQUEST else "missing"
            return {"name": size.name, "state": waits, "url": url}
        return {
            "name": size.name,
            "state": "current" if stored.source_id == original.source_id else "stale",
            "width": stored.width,
            "height": stored.height,
            "bytes": stored.bytes,
            "type": stored.content_type,
            "url": url,
            "preview": f"preview/{path}?v={quote(entry['ETag'].strip(chr(34)))}",
        }

    def _stored(self, entry: Mapping[str, Any], source_id: str) -> StoredVariant | None:
        """Return a variant's metadata; what is of the current original is kept."""
        known = self._known.get(entry["Key"])
        if known and known.etag == entry["ETag"] and known.source_id == source_id:
            return known
        found = self.deployment.store.head_variant(entry["Key"])
        if found:
            self._known[entry["Key"]] = found
        return found

    def _removed(
        self, key: str, variants: Mapping[tuple[str, str], Mapping[str, Any]]
    ) -> dict[str, Any]:
        """An original that is gone, with the variants that are left."""
        sizes = [
            {"name": name, "state": "stale", "url": "", "bytes": entry["Size"]}
            for (name, one), entry in variants.items()
            if one == key
        ]
        return {"key": key, "id": "", "bytes": 0, "state": "removing", "sizes": sizes}


def _state(sizes: Iterable[Mapping[str, Any]], outcome: Outcome | None) -> str:
    states = {size["state"] for size in sizes}
    if outcome and outcome.event == "image.skipped":
        return "skipped"
    if not states & {"missing", "stale"}:
        return "ready"
    if outcome and outcome.event in ("image.rejected", "image.failed"):
        return outcome.event.removeprefix("image.")
    return "resizing"


def _facts(outcome: Outcome | None) -> dict[str, Any]:
    if outcome is None:
        return {}
    return {
        "code": outcome.code,
        "message": outcome.message,
        "width": outcome.width,
        "height": outcome.height,
        "milliseconds": outcome.milliseconds,
    }
