"""A viewer's request that fails: what it may have written is left to the resizer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from resize_on_upload import dependencies
from resize_on_upload.delivery import handler
from tests.support.fake_edge import serving
from tests.support.fake_stack import FakeStack
from tests.support.invocations import LambdaContext

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def stack() -> Iterator[FakeStack]:
    """One image, whose variant is made on request."""
    stack = FakeStack('{"make": "request", "sizes": ["9x"]}')
    stack.upload("a.png", b"A")
    with serving(stack):
        yield stack


@pytest.mark.parametrize(
    ("call", "fault", "handed_over"),
    [
        ("HeadObject 1", "before", []),  # the variant
        ("HeadObject 2", "before", []),  # the original
        ("GetObject 1", "before", []),
        ("PutObject 1", "before", ["a.png"]),
        ("PutObject 1", "after", ["a.png"]),  # S3 has it; the response was lost
        ("HeadObject 3", "before", ["a.png"]),  # the original once more
        ("GetObject 2", "before", ["a.png"]),
    ],
)
def test_what_may_be_written_is_handed_over(
    stack: FakeStack,
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    fault: str,
    handed_over: list[str],
) -> None:
    """The original may have been deleted meanwhile, and its event be over."""
    seen: list[str] = []
    keys: list[str] = []

    def before(operation: str, _: object) -> str | None:
        seen.append(operation)
        return fault if f"{operation} {seen.count(operation)}" == call else None

    resizer = SimpleNamespace(reconcile=keys.append)
    monkeypatch.setattr(dependencies, "resizer", lambda: resizer)
    stack.s3.before = before
    answer = handler.handler({"rawPath": "/9x/a.png"}, LambdaContext(30_000, 29_000))
    assert (answer["statusCode"], keys) == (503, handed_over)
