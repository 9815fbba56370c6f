"""A deployment in memory, for the commands: two buckets, two queues, a function."""

from __future__ import annotations

import io
import json
import shlex
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from resize_on_upload.events.envelopes import changes
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli import parser, sizes_file
from resize_on_upload_cli.queues.queue import Queue
from resize_on_upload_cli.stack import deployment
from resize_on_upload_cli.stack.deployment import Deployment
from tests.support.fake_batch import FakeBatch
from tests.support.fake_s3 import FakeS3
from tests.support.fake_sqs import FakeSQS
from tests.support.s3_http import ReaderOfFake

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.fake_s3 import Stored

ORIGINAL, RESIZED, JOBS = "original", "resized", "jobs"
FAILED, REJECTED = "https://sqs/failed", "https://sqs/rejected"


class ListedS3(FakeS3):
    """Buckets that can be listed as S3 does: by the keys' UTF-8 bytes, in pages."""

    def __init__(self, *more: Any, page: int = 1_000) -> None:
        super().__init__(*more)
        self.page = page

    def get_paginator(self, name: str) -> Any:
        listing = {
            "list_objects_v2": self._objects,
            "list_object_versions": self._versions,
        }[name]
        return type("Paginator", (), {"paginate": staticmethod(listing)})

    def list_object_versions(self, **call: Any) -> dict[str, Any]:
        """Return the newest version of the first key, or its delete marker."""
        for key, versions in self._sorted(call["Bucket"], call["Prefix"]):
            newest = {
                "Key": key,
                "IsLatest": True,
                "LastModified": versions[-1].modified,
            }
            gone = versions[-1].body is None
            return {"DeleteMarkers" if gone else "Versions": [newest]}
        return {}

    def list_objects_v2(self, **call: Any) -> dict[str, Any]:
        """Return the first page."""
        return next(self._objects(**call), {})

    def _objects(self, **call: str) -> Iterator[dict[str, Any]]:
        prefix, delimiter = call.get("Prefix", ""), call.get("Delimiter")
        entries = (
            _entry(key, versions[-1])
            for key, versions in self._sorted(call["Bucket"], prefix)
            if versions and versions[-1].body is not None
        )

        def folder(entry: dict[str, Any]) -> str:
            head, found, _ = entry["Key"][len(prefix) :].partition(delimiter)
            return prefix + head + found if found else ""

        if not delimiter:
            yield from self._pages(entries, "Contents")
            return
        for name, group in groupby(entries, folder):
            folders = {"CommonPrefixes": [{"Prefix": name}]}
            yield folders if name else {"Contents": list(group)}

    def _versions(self, **call: str) -> Iterator[dict[str, Any]]:
        versioned = call["Bucket"] in self.versioned
        entries = (
            _entry(key, one)
            | {
                "IsLatest": one is versions[-1],
                "VersionId": one.version if versioned else "null",
            }
            for key, versions in self._sorted(call["Bucket"], call.get("Prefix", ""))
            for one in reversed(versions)
            if one.body is not None
        )
        yield from self._pages(entries, "Versions")

    def _sorted(self, bucket: str, prefix: str) -> list[tuple[str, list[Stored]]]:
        found = self.buckets[bucket].items()
        below = [one for one in found if one[0].startswith(prefix)]
        return sorted(below, key=lambda one: one[0].encode())

    def _pages(
        self, entries: Iterator[dict[str, Any]], name: str
    ) -> Iterator[dict[str, Any]]:
        while some := list(islice(entries, self.page)):
            yield {name: some}


def _entry(key: str, stored: Stored) -> dict[str, Any]:
    return {
        "Key": key,
        "Size": len(stored.body or b""),
        "ETag": stored.etag,
        "LastModified": stored.modified,
        "StorageClass": "STANDARD",
    }


class FakeLambda:
    """Records the keys it was invoked for.

    Args:
        work: What the function does with a key.
    """

    def __init__(self, work: Callable[[str], None] = lambda _: None) -> None:
        self.work = work
        self.keys: list[str] = []

    def invoke(self, **call: Any) -> dict[str, Any]:
        event = json.loads(call["Payload"])
        keys = [change.key for change in changes(event)]
        self.keys.extend(keys)
        self.work(keys[-1])
        return {"Payload": io.BytesIO()}


class FakeStack(Deployment):
    """A deployment whose function makes `sizes`, the text of a sizes.json."""

    def __init__(self, sizes: str, *, mirrors: bool = True, page: int = 1_000) -> None:
        self.s3 = ListedS3((ORIGINAL,), page=page)
        for bucket in (ORIGINAL, RESIZED, JOBS):
            self.s3.create_bucket(bucket)
        self.sqs, self.function_calls = FakeSQS((FAILED, REJECTED)), FakeLambda()
        self.batch = FakeBatch()
        clients = {
            "s3": self.s3,
            "sqs": self.sqs,
            "lambda": self.function_calls,
            "s3control": self.batch,
        }
        clock = self.sqs.clock.for_commands()
        super().__init__(session=None, clock=clock, _clients=clients)
        outputs = {
            "OriginalBucketName": ORIGINAL,
            "ResizedBucketName": RESIZED,
            "JobsBucketName": JOBS,
            "FailedQueueUrl": FAILED,
            "RejectedQueueUrl": REJECTED,
            "FunctionName": "resize",
            "BatchRoleArn": "arn:aws:iam::1:role/batch",
        }
        variables = {
            "SIZES": sizes,
            "ACCOUNT_ID": "1",
            "MIRROR_DELETES": json.dumps(mirrors),
        }
        function = {
            "FunctionArn": "arn:aws:lambda:eu-central-1:1:function:resize",
            "MemorySize": 1_769,
            "Environment": {"Variables": variables},
        }
        reader = ReaderOfFake(self.s3)
        vars(self).update(outputs=outputs, function=function, reader=reader)

    def upload(self, key: str, body: bytes = b"image") -> str:
        """Write an original; return its source id."""
        response = self.s3.put_object(Bucket=ORIGINAL, Key=key, Body=body)
        return str(response["VersionId"])

    def put_variant(self, target: str, **metadata: str) -> None:
        """Write an object to the resized bucket."""
        self.s3.put_object(Bucket=RESIZED, Key=target, Body=b"x", Metadata=metadata)

    def queue(self, url: str) -> Queue:
        """Return one of the queues."""
        return Queue(self.sqs.client, url, self.clock)

    def resized_keys(self) -> set[str]:
        """Return the keys of the resized bucket."""
        return set(self.s3.buckets[RESIZED])


def run_command(stack: FakeStack, command: str, sizes: str | None = None) -> int:
    """Run a command on the stack; return its exit code, or raise its error.

    Args:
        stack: Where it runs.
        command: As on the command line.
        sizes: The text of sizes.json; by default that of the stack.
    """
    options = parser.parse(shlex.split(command))
    configured = parse(sizes or stack.variables["SIZES"])
    with (
        patch.object(deployment, "find", lambda _: stack),
        patch.object(sizes_file, "load", lambda _: configured),
    ):
        return int(options.run(options))
