"""Uploads, overwrites, deletes, bad files and duplicate events, all at once."""

from __future__ import annotations

import json
import random
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote_plus

from botocore.exceptions import ClientError

from local.demo.variants import configured, variant_keys
from local.load.idle import IDLE_SECONDS
from resize_on_upload_cli.terminal import say

if TYPE_CHECKING:
    from collections import Counter

    from local.stack import Stack

CONCURRENT_UPLOADS = 20

OVERWRITTEN, DELETED, BAD, DUPLICATED = 0.10, 0.05, 0.05, 0.10
"""Shares of the uploads."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Random traffic, the same for the same seed.

    Attributes:
        counts: How often each action was taken.
    """

    stack: Stack
    counts: Counter[str]
    seed: int

    def run(self, uploads: int) -> None:
        """Upload that many keys, CONCURRENT_UPLOADS at once."""
        images = make_images()
        say(f"{uploads} uploads, {CONCURRENT_UPLOADS} at once")
        with ThreadPoolExecutor(CONCURRENT_UPLOADS) as threads:
            list(
                threads.map(lambda number: self._upload(number, images), range(uploads))
            )
        self.counts["uploads"] += uploads

    def _upload(self, number: int, images: list[bytes]) -> None:
        rng = random.Random(f"{self.seed}-{number}")  # noqa: S311 - not a secret
        key = f"load/{number % 7}/photo {number} + é.jpg"
        share = rng.random()
        is_bad = share < BAD
        self._put(key, b"not an image" if is_bad else rng.choice(images))
        self.counts["bad"] += is_bad
        if BAD <= share < BAD + OVERWRITTEN:
            time.sleep(rng.uniform(0, 1))
            self._put(key, rng.choice(images))
            self.counts["overwritten"] += 1
        elif BAD + OVERWRITTEN <= share < BAD + OVERWRITTEN + DELETED:
            if number % 2:
                self._wait_for_variant(key)
            else:
                time.sleep(rng.uniform(0, 10))
            self._delete(key)
        if rng.random() < DUPLICATED:
            time.sleep(rng.uniform(0, 0.1))
            self._duplicate_event(key)

    def _put(self, key: str, body: bytes) -> None:
        self.stack.s3().put_object(Bucket=self.stack.original, Key=key, Body=body)
        self.counts["events"] += 1

    def _wait_for_variant(self, key: str) -> None:
        """Return when the upload has a variant, or when the function has given up."""
        client, activity = self.stack.s3(), self.stack.lambda_pool.activity
        variant_key = next(variant_keys([key], configured()))
        while activity.idle_seconds() < IDLE_SECONDS:
            with suppress(ClientError):
                client.head_object(Bucket=self.stack.resized, Key=variant_key)
                return
            time.sleep(0.1)

    def _delete(self, key: str) -> None:
        self.stack.s3().delete_object(Bucket=self.stack.original, Key=key)
        self.counts["deleted"] += 1
        self.counts["events"] += 1

    def _duplicate_event(self, key: str) -> None:
        s3 = {
            "bucket": {"name": self.stack.original},
            "object": {"key": quote_plus(key, safe="/")},
        }
        record = {"eventSource": "aws:s3", "eventName": "ObjectCreated:Put", "s3": s3}
        self.stack.cloud.client("lambda").invoke(
            FunctionName=self.stack.outputs["FunctionName"],
            InvocationType="Event",
            Payload=json.dumps({"Records": [record]}),
        )
        self.counts["events"] += 1


def make_images() -> list[bytes]:
    """A few small JPEGs, all different."""
    from wand.image import Image  # noqa: PLC0415 - not under the function's policy

    found = []
    for number in range(12):
        with Image(width=320 + 8 * number, height=240) as image:
            image.noise("random", attenuate=1.0)
            image.compression_quality = 80
            found.append(bytes(image.make_blob("jpeg")))
    return found
