"""An image that takes too long while a viewer waits."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload import dependencies
from resize_on_upload.delivery import handler
from resize_on_upload.errors import DecodeTimeout
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from tests.protocol.explorer import make_variants
from tests.support.fake_edge import serving
from tests.support.fake_stack import FakeStack
from tests.support.invocations import LambdaContext

if TYPE_CHECKING:
    from collections.abc import Iterator

WITHOUT_MANIFEST = '{"sizes": ["9x", "5x"]}'
WITH_MANIFEST = '{"sizes": ["9x", "5x"], "manifest": true}'


def _never(*_: Any) -> Any:
    msg = "decoding took more than 27.0 seconds"
    raise DecodeTimeout(msg)


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeStack]:
    """An image that had its variants made; the manifest was turned on afterwards."""
    stack = FakeStack(WITH_MANIFEST)
    stack.upload("a.png", b"A")
    before = ReconcileConfig(stack.store, parse(WITHOUT_MANIFEST), make_variants)
    reconcile("a.png", before, Report())
    sandbox = SimpleNamespace(make_variants=_never, pid=None, walls={}, whole=None)
    with serving(stack):
        monkeypatch.setattr(dependencies, "sandbox", lambda: sandbox)
        yield stack


def _request(path: str, *left: int) -> tuple[int, str, str]:
    """Status, body and Cache-Control."""
    answer = handler.handler({"rawPath": path}, LambdaContext(*left))
    return answer["statusCode"], answer["body"], answer["headers"]["cache-control"]


def test_an_image_that_takes_all_the_time_is_not_tried_for_every_viewer(
    stack: FakeStack,
) -> None:
    stack.s3.delete_object(Bucket=stack.resized, Key="9x/a.png")
    found = _request("/9x/a.png", 30_000, 29_500)
    assert found == (404, "decode-timeout\n", "public, max-age=60")


def test_an_image_that_had_too_little_time_is_tried_again(stack: FakeStack) -> None:
    """S3 was slow."""
    stack.s3.delete_object(Bucket=stack.resized, Key="9x/a.png")
    found = _request("/9x/a.png", 30_000, 12_000)
    assert found == (503, "try-again\n", "no-store")


@pytest.mark.parametrize("left", [29_500, 12_000])
def test_other_variants_stay(stack: FakeStack, left: int) -> None:
    """The resizer, which has more time, made them."""
    assert stack.resized_keys() == {"9x/a.png", "5x/a.png"}
    status, *_ = _request("/manifest/a.png.json", 30_000, left)
    assert status in (404, 503)
    assert stack.resized_keys() == {"9x/a.png", "5x/a.png"}
