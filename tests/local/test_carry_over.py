"""What uploaders say of a picture comes along where the deployment wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from local.stack import running
from tests.support import images
from tests.support.deployed import log_line, put

if TYPE_CHECKING:
    from local.stack import Stack

SAID: dict[str, Any] = {
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
            {name: SAID[name] for name in SAID if name != "Metadata"},
            {"author": "Ada"},
            {"Team": TAGS["Team"]},
        ),
    ],
    ids=["nothing", "a-default", "all-that-is-named"],
)
def test_what_is_named_comes_along(
    context: dict[str, str],
    fields: dict[str, str],
    metadata: dict[str, str],
    tags: dict[str, str],
) -> None:
    """And nothing else; what we say of a size ourselves cannot be forged."""
    with running(context=context) as stack:
        body = images.png(20, 10)
        put(stack, "said.png", body, **SAID, Tagging=urlencode(TAGS))
        log_line(stack, "said.png")
        put(stack, "silent.png", images.png(20, 10))
        log_line(stack, "silent.png")
        found = _head(stack, "150x/said.png")
        version = stack.s3().head_object(Bucket=stack.original, Key="said.png")
        repeated = {name: found[name] for name in SAID if name in found}
        assert _tags(stack, "150x/said.png") == tags
        ours = repeated.pop("Metadata")
        assert repeated == fields
        assert ours.pop("source") == version["VersionId"]
        for name in ("recipe", "prefix", "geometry", "width", "height"):
            ours.pop(name)
        assert ours == metadata
        assert _head(stack, "150x/silent.png").get("CacheControl") == (
            context.get("cacheControl")
        )
