"""A variant that S3 refuses to CloudFront, and one that was written a moment ago."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from resize_on_upload import dependencies
from resize_on_upload.delivery import handler
from resize_on_upload.reconcile.recipe import recipe
from resize_on_upload.settings import Settings
from resize_on_upload.sizes.parser import parse
from resize_on_upload.storage.carry_over import CarryOverRules
from resize_on_upload.storage.store import Store
from tests.support.fake_s3 import FakeS3

SIZES = parse('{"sizes": ["9x"]}')


def _settings(metrics: str, *, mirror_deletes: bool = True) -> Settings:
    return Settings(
        original_bucket="photos-original",
        resized_bucket="photos-resized",
        account="1",
        sizes=SIZES,
        resizer="resizer",
        rejected_queue="",
        mirror_deletes=mirror_deletes,
        carry_over=CarryOverRules(),
        completion_events=False,
        metrics=metrics,
        memory=1_769,
    )


@pytest.fixture
def variant(monkeypatch: pytest.MonkeyPatch) -> FakeS3:
    """A current variant, written on 1 January 2026."""
    s3 = FakeS3()
    s3.create_bucket("photos-original")
    s3.create_bucket("photos-resized")
    s3.put_object(Bucket="photos-original", Key="a.png", Body=b"x")
    store = Store(s3.client, "photos-original", "photos-resized", "1")
    source_id = store.head_original("a.png")
    assert source_id
    s3.put_object(
        Bucket="photos-resized",
        Key="9x/a.png",
        Body=b"y",
        Metadata={"source": source_id, "recipe": recipe(SIZES[0]), "author": "Ada"},
    )
    monkeypatch.setattr(dependencies, "store", lambda: store)
    sandbox = SimpleNamespace(pid=None, walls={}, whole=None)
    monkeypatch.setattr(dependencies, "sandbox", lambda: sandbox)
    return s3


def _logged(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """The log line of a request that got the variant, as S3 would have sent it."""
    context = SimpleNamespace(
        aws_request_id="1", get_remaining_time_in_millis=lambda: 30_000
    )
    answer = handler.handler({"rawPath": "/9x/a.png"}, context)
    assert answer["statusCode"] == 200
    assert answer["headers"]["x-amz-meta-author"] == "Ada"
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.usefixtures("variant")
def test_an_old_variant_was_refused_to_cloudfront(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dependencies, "settings", lambda: _settings("essential"))
    line = _logged(capsys)
    assert (line["event"], line["level"]) == ("request.refused", "WARNING")
    assert (line["requests"], line["refused"], line["found"]) == (1, 1, 0)
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert {"Name": "refused", "Unit": "Count"} in directive["Metrics"]


@pytest.mark.usefixtures("variant")
def test_a_new_variant_was_written_after_s3_answered(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As when a page shows an image right after its upload."""
    monkeypatch.setattr(dependencies, "settings", lambda: _settings("none"))
    monkeypatch.setattr(handler, "NEWLY_WRITTEN", timedelta(days=36_500))
    line = _logged(capsys)
    assert (line["event"], line["level"]) == ("request.found", "INFO")
    assert (line["refused"], line["found"]) == (0, 1)
    assert "_aws" not in line


def test_a_variant_without_its_original_is_refused_alike(
    monkeypatch: pytest.MonkeyPatch, variant: FakeS3, capsys: pytest.CaptureFixture[str]
) -> None:
    """It stays if mirrorDeletes is off, and viewers get it."""
    settings = _settings("essential", mirror_deletes=False)
    monkeypatch.setattr(dependencies, "settings", lambda: settings)
    variant.delete_object(Bucket="photos-original", Key="a.png")
    line = _logged(capsys)
    assert (line["event"], line["missing"]) == ("request.refused", 0)
