"""Headers, metadata and tags are copied from originals if `carryOver` names them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from local.stack import running
from tests.support import images
from tests.support.deployed import log_line, put

if TYPE_CHECKING:
    from local.stack import Stack

UPLOADED: dict[str, Any] = {
    "CacheControl": "max-age=60",
    "ContentDisposition": 'attachment; filename="a.png"',
    "ContentLanguage": "de",
    "StorageClass": "GLACIER_IR",
    "Metadata": {"author": "Ada", "secret": "yes", "source": "forged"},
}


TAGS = {"Team": "Photos & Films", "Secret": "yes"}


def _head(stack: Stack, key: str) -> dict[str, Any]:
    found: dict[str, Any] = stack.s3().head_object(Bucket=stack.resized, Key=key)
    return found


def _tags(stack: Stack, key: str) -> dict[str, str]:
    found = stack.s3().get_object_tagging(Bucket=stack.resized, Key=key)
    return {tag["Key"]: tag["Value"] for tag in found["TagSet"]}


@pytest.mark.parametrize(
    ("context", "fields", "metadata", "tags"),
    [
        ({}, {}, {}, {}),
        (
            {"cacheControl": "max-age=86400", "storageClass": "STANDARD_IA"},
            {"CacheControl": "max-age=86400", "StorageClass": "STANDARD_IA"},
            {},
            {},
        ),
        (
            {
                "cacheControl": "max-age=86400",
                "storageClass": "STANDARD_IA",
                "carryOver": "cache-control,content-disposition,content-language,"
                "storage-class,metadata:author,metadata:source,tag:Team,tag:Mood",
            },
            {name: UPLOADED[name] for name in UPLOADED if name != "Metadata"},
            {"author": "Ada"},
            {"Team": TAGS["Team"]},
        ),
    ],
    ids=["nothing", "defaults", "names"],
)
def test_what_is_named_is_copied(
    context: dict[str, str],
    fields: dict[str, str],
    metadata: dict[str, str],
    tags: dict[str, str],
) -> None:
    """And nothing else; the function's own metadata cannot be forged."""
    with running(context=context) as stack:
        body = images.png(20, 10)
        put(stack, "headers.png", body, **UPLOADED, Tagging=urlencode(TAGS))
        log_line(stack, "headers.png")
        put(stack, "plain.png", images.png(20, 10))
        log_line(stack, "plain.png")
        found = _head(stack, "150x/headers.png")
        version = stack.s3().head_object(Bucket=stack.original, Key="headers.png")
        copied = {name: found[name] for name in UPLOADED if name in found}
        assert _tags(stack, "150x/headers.png") == tags
        found_metadata = copied.pop("Metadata")
        assert copied == fields
        assert found_metadata.pop("source") == version["VersionId"]
        for name in ("recipe", "prefix", "geometry", "width", "height"):
            found_metadata.pop(name)
        assert found_metadata == metadata
        assert _head(stack, "150x/plain.png").get("CacheControl") == (
            context.get("cacheControl")
        )
