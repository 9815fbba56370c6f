"""The variants of the demo's photos: downloaded, saved in a folder, listed."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local.stack import ROOT, Stack
from resize_on_upload.imaging.probe import Limits, probe
from resize_on_upload.sizes.size import REQUEST, sizes_for_key
from resize_on_upload_cli import sizes_file
from resize_on_upload_cli.terminal import write

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from resize_on_upload.sizes.size import Size

FOLDER = ROOT / "demo"


@dataclass(frozen=True, slots=True)
class Variant:
    """An object of the resized bucket."""

    key: str
    body: bytes
    content_type: str
    width: int
    height: int

    @property
    def size_name(self) -> str:
        """The name of the size, which is the prefix of the key."""
        return self.key.split("/", 1)[0]

    @property
    def photo(self) -> str:
        """The key of the upload."""
        return self.key.split("/", 1)[1]


def configured() -> list[Size]:
    """The configured sizes, the manifest aside."""
    sizes = sizes_file.load(ROOT / "config" / "sizes.json")
    return [size for size in sizes if not size.suffix]


def on_request() -> list[Size]:
    """Those that are made on request."""
    return [size for size in configured() if size.make == REQUEST]


def variant_keys(photos: Iterable[str], sizes: Iterable[Size]) -> Iterator[str]:
    """The keys of the variants that the photos get of some sizes."""
    listed = [*sizes]
    for key in photos:
        yield from (size.variant_key(key) for size in sizes_for_key(listed, key))


def keys_in(client: Any, bucket: str) -> Iterator[str]:
    """Every key in a bucket."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield from (entry["Key"] for entry in page.get("Contents", ()))


def download(stack: Stack, photos: Iterable[str]) -> Iterator[Variant]:
    """The variants of the photos."""
    client = stack.s3()
    existing = set(keys_in(client, stack.resized))
    for key in sorted(existing.intersection(variant_keys(photos, configured()))):
        response = client.get_object(Bucket=stack.resized, Key=key)
        yield _read(key, response["Body"].read())


def save(variants: Iterable[Variant]) -> None:
    """Replace the folder's content."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    for variant in variants:
        file = FOLDER / variant.key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(variant.body)


def saved() -> list[Variant]:
    """The variants that the last run saved."""
    files = sorted(file for file in FOLDER.glob("*/**/*") if file.is_file())
    return [_read(str(file.relative_to(FOLDER)), file.read_bytes()) for file in files]


def print_list(variants: Iterable[Variant]) -> None:
    """Print pixels, bytes and key of each variant."""
    write("")
    for variant in variants:
        pixels = f"{variant.width}x{variant.height}"
        write(f"{pixels:>11} {len(variant.body):>9}  {variant.key}")


def _read(key: str, body: bytes) -> Variant:
    found = probe(body, Limits())
    header = found.header
    return Variant(key, body, found.format.content_type, header.width, header.height)
