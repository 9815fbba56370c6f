"""Upload many files side by side: only what is not there yet, and each for itself."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from threading import Event
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload.storage.responses import MAX_ORIGINAL_BYTES
from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.uploads import form_post

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from resize_on_upload.sizes.focus import Focus
    from resize_on_upload_cli.stack.deployment import Deployment

CONCURRENT = 8
"""Uploads at the same time."""

_CHUNK = 500

UPLOADED, THERE, FAILED = "uploaded", "there", "failed"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one file.

    Attributes:
        state: UPLOADED; THERE, if the same file was there before; FAILED.
        message: Why it failed.
        key: Empty if the file can have none.
    """

    key: str
    file: Path
    state: str
    message: str = ""

    @classmethod
    def failed(cls, file: Path, message: str, key: str = "") -> Sent:
        """Return the outcome of a file that was not uploaded."""
        return cls(key, file, FAILED, message)

    def document(self) -> dict[str, Any]:
        """Return it as `upload --dry-run --json` prints it."""
        state = "to-upload" if self.state == UPLOADED else self.state
        about = {"state": state, "message": self.message or None}
        return {"key": self.key or None, **about, "file": str(self.file)}


@dataclass(frozen=True, slots=True)
class Batch:
    """How to upload files.

    Attributes:
        focus: The point that crops keep, of each.
        force: Whether to upload again what is there.
        dry_run: Whether to upload nothing: UPLOADED then means that it would be.
    """

    deployment: Deployment
    focus: Focus | None = None
    force: bool = False
    dry_run: bool = False

    def send(self, files: Iterable[tuple[str, Path]]) -> Generator[Sent]:
        """Yield each file's outcome, in order.

        At Ctrl-C, or an error that is not about a file, the uploads in progress are
        broken off, of which S3 keeps nothing.

        Raises:
            DeploymentError: S3 cannot be reached, or refuses access.
        """
        stop, remaining = Event(), iter(files)
        with ThreadPoolExecutor(CONCURRENT) as pool:
            try:
                while chunk := list(islice(remaining, _CHUNK)):
                    yield from pool.map(partial(self._send, stop), chunk)
            except BaseException:
                stop.set()
                raise

    def _send(self, stop: Event, named: tuple[str, Path]) -> Sent:
        key, file = named
        try:
            if problem := _unusable(file):
                return Sent.failed(file, problem, key)
            if not self.force and self._is_there(key, file):
                return Sent(key, file, THERE)
            if not self.dry_run:
                form_post.upload(self.deployment, key, file, self.focus, stop)
        except OSError as error:
            return Sent.failed(file, error.strerror or str(error), key)
        except UnfinishedError as error:
            return Sent.failed(file, str(error), key)
        return Sent(key, file, UPLOADED)

    def _is_there(self, key: str, file: Path) -> bool:
        """Return whether the original has the same bytes, and the same focus.

        Its ETag is the MD5 of its bytes, unless it is encrypted with a KMS key.
        """
        client, bucket = self.deployment.client("s3"), self.deployment.original
        try:
            found = client.head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["Error"]["Code"] == "404":
                return False
            raise
        focus = str(self.focus) if self.focus else None
        return (
            found["ContentLength"] == file.stat().st_size
            and found.get("Metadata", {}).get("focus") == focus
            and found["ETag"].strip('"') == _md5(file)
        )


def _unusable(file: Path) -> str:
    """Return why the function would reject a file unread; empty if it would not."""
    size = file.stat().st_size
    if size == 0:
        return "it is empty"
    if size > MAX_ORIGINAL_BYTES:
        return f"it has {size:,} bytes; at most {MAX_ORIGINAL_BYTES:,} are resized"
    return ""


def _md5(file: Path) -> str:
    with file.open("rb") as stream:
        found = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False))
    return found.hexdigest()
