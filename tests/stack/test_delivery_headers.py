"""The headers that viewers get, and those that they do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from resize_on_upload.storage.carry_over import CarryOverRules
from resize_on_upload.storage.store import Store
from tests.protocol.explorer import ORIGINAL, RESIZED, make_variants
from tests.support.fake_s3 import FakeS3
from tests.support.templates import resources

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

MAX_REMOVED = 10
"""https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html#limits-response-headers-policies"""

# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/understanding-response-headers-policies.html#remove-headers-disallowed
NOT_REMOVABLE = {
    *("connection", "content-encoding", "content-length", "expect", "host"),
    *("keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
    *("trailer", "transfer-encoding", "upgrade", "via", "warning", "x-cache"),
    *("x-amzn-auth", "x-amzn-errortype", "x-amzn-requestid", "x-forwarded-proto"),
}


def _policy(template: Document) -> Document:
    (found,) = resources(template, "AWS::CloudFront::ResponseHeadersPolicy")
    return dict(found["ResponseHeadersPolicyConfig"])


def _removed(template: Document) -> list[str]:
    items = _policy(template)["RemoveHeadersConfig"]["Items"]
    return [item["Header"].lower() for item in items]


def _stored_metadata(rules: CarryOverRules) -> dict[str, str]:
    """The metadata that a variant is written with; the edge removes versions."""
    s3 = FakeS3()
    s3.create_bucket(ORIGINAL)
    s3.create_bucket(RESIZED)
    s3.put_object(Bucket=ORIGINAL, Key="a.png", Body=b"1")
    store = Store(s3.client, ORIGINAL, RESIZED, "1", rules)
    config = ReconcileConfig(store, parse('{"sizes": ["9x"]}'), make_variants)
    reconcile("a.png", config, Report())
    variant: Any = s3.current(RESIZED, "9x/a.png")
    return dict(variant.metadata)


@pytest.mark.parametrize("setting", ["", "versionedUrls", "invalidate"])
def test_no_header_describes_the_original(synth: Synth, setting: str) -> None:
    """S3 sends all metadata, and with a KMS key the key's ARN and so the account."""
    removed = _removed(synth(delivery="true", **({setting: "true"} if setting else {})))
    stored = _stored_metadata(CarryOverRules(cache_tags=setting == "invalidate"))
    assert {"source", "recipe"} <= stored.keys()
    assert {f"x-amz-meta-{name}" for name in stored} <= set(removed)
    assert "x-amz-server-side-encryption-aws-kms-key-id" in removed


@pytest.mark.parametrize("invalidate", ["false", "true"])
def test_cloudfront_accepts_every_header_to_remove(
    synth: Synth, invalidate: str
) -> None:
    removed = _removed(synth(delivery="true", invalidate=invalidate))
    assert len(set(removed)) == len(removed) <= MAX_REMOVED
    assert not NOT_REMOVABLE & set(removed)
    assert not [name for name in removed if name.startswith(("x-amz-cf-", "x-edge-"))]


def test_every_page_may_use_the_images(delivery: Document) -> None:
    """In `<img>`, and their pixels in a canvas; no viewer is identified."""
    cors = _policy(delivery)["CorsConfig"]
    assert cors["AccessControlAllowOrigins"] == {"Items": ["*"]}
    assert not cors["AccessControlAllowCredentials"]
    (custom,) = _policy(delivery)["CustomHeadersConfig"]["Items"]
    assert custom == {
        "Header": "Cross-Origin-Resource-Policy",
        "Value": "cross-origin",
        "Override": True,
    }


def test_security_headers(delivery: Document) -> None:
    """Nothing in a response can run, whatever is in the bucket."""
    assert _policy(delivery)["SecurityHeadersConfig"] == {
        "ContentSecurityPolicy": {
            "ContentSecurityPolicy": "default-src 'none'; sandbox",
            "Override": True,
        },
        "ContentTypeOptions": {"Override": True},
        "StrictTransportSecurity": {
            "AccessControlMaxAgeSec": 31_536_000,
            "Override": True,
        },
    }
