"""`smoke`: its steps, with delivery and without, and what it finds wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload_cli.errors import UnfinishedError
from tests.support.fake_edge import FakeEdge, serving
from tests.support.fake_stack import ORIGINAL, FakeStack, run_command
from tests.support.resizing_stack import resizing_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

MIXED = '{"sizes": ["9x", {"geometry": "5x", "make": "request"}], "manifest": true}'
AT_UPLOAD = '{"sizes": ["9x"]}'
ON_REQUEST = '{"make": "request", "sizes": ["9x", "5x"]}'


@pytest.fixture
def edge(request: pytest.FixtureRequest) -> Iterator[FakeEdge]:
    with serving(resizing_stack(getattr(request, "param", MIXED))) as edge:
        yield edge


def _smoke(stack: FakeStack, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert run_command(stack, "smoke --json") == 0
    return dict(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("mirrors", [True, False])
def test_without_delivery_nothing_is_requested(
    mirrors: object, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = resizing_stack(AT_UPLOAD, mirrors=bool(mirrors))
    result = _smoke(stack, capsys)
    assert list(result["seconds"]) == ["upload", "sizes", "delete", "gone"]
    assert (result["sizes"], "urls" in result) == (["9x"], False)
    assert stack.resized_keys() == set()


@pytest.mark.parametrize(
    ("edge", "steps"),
    [
        (AT_UPLOAD, ["served", "unknown"]),
        (MIXED, ["made", "served", "unknown"]),
        (ON_REQUEST, ["made", "served", "unknown"]),
    ],
    indirect=["edge"],
)
def test_with_delivery_urls_are_requested(
    edge: FakeEdge, steps: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Before the deletion and after it; nothing is left behind."""
    result = _smoke(edge.stack, capsys)
    expected = ["upload", "sizes", *steps, "delete", "gone", "absent"]
    assert list(result["seconds"]) == expected
    assert list(result["urls"]) == [*steps, "absent"]
    assert len(edge.seen) == len(steps) + 1
    assert all("%20%2B%C3%A9.png" in path for path in edge.seen)
    assert edge.stack.resized_keys() == set()
    assert edge.stack.s3.current(ORIGINAL, result["key"]) is None


def test_people_see_what_was_requested(
    edge: FakeEdge, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(edge.stack, "smoke") == 0
    lines = capsys.readouterr().out.splitlines()
    labels = [line.split("s  ", 1)[1] for line in lines]
    assert labels[1] == "every variant written: 9x, manifest"
    assert labels[2].startswith("made on request: http://127.0.0.1:")
    assert labels[3].startswith("served from S3: http://127.0.0.1:")


@pytest.mark.parametrize("edge", [AT_UPLOAD, MIXED, ON_REQUEST], indirect=True)
def test_a_bucket_policy_that_refuses_the_distribution_is_found(edge: FakeEdge) -> None:
    """Viewers would not notice: the function sends what S3 does not."""
    edge.s3_refuses = True
    with pytest.raises(UnfinishedError, match="S3 refuses the distribution: ") as error:
        run_command(edge.stack, "smoke")
    assert "Restore the policy of resized" in str(error.value)
    assert edge.stack.resized_keys() == set()


@pytest.mark.parametrize("edge", [AT_UPLOAD, MIXED, ON_REQUEST], indirect=True)
def test_a_function_url_that_refuses_the_distribution_is_found(edge: FakeEdge) -> None:
    """Also if nothing is made on request, as a missing original is not found then."""
    edge.lambda_refuses = True
    with pytest.raises(UnfinishedError, match="403: Lambda refuses the distribution"):
        run_command(edge.stack, "smoke")


def test_a_failure_names_the_log_to_read(
    edge: FakeEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"content-type": "text/plain"}
    monkeypatch.setattr(edge, "answer", lambda *_: (503, headers, b"try-again"))
    expected = "503 try-again; see the log group on-logs for the reason"
    with pytest.raises(UnfinishedError, match=expected):
        run_command(edge.stack, "smoke")


@pytest.mark.parametrize("edge", [ON_REQUEST], indirect=True)
def test_that_nothing_is_made_at_the_upload_is_not_called_written(
    edge: FakeEdge, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(edge.stack, "smoke") == 0
    assert "s  no variant is made at the upload\n" in capsys.readouterr().out


def test_an_edge_function_that_does_not_run_is_found(
    edge: FakeEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the on-request function also had another list of sizes."""
    answer = edge.answer
    monkeypatch.setattr(
        edge,
        "answer",
        lambda method, path: (
            (200, {}, b"x") if "no-size" in path else answer(method, path)
        ),
    )
    with pytest.raises(UnfinishedError, match="200, not 404, though sizes"):
        run_command(edge.stack, "smoke")


def test_a_deleted_image_that_is_still_sent_is_found(
    edge: FakeEdge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a cache that ignores the version in the URL."""
    first: dict[str, Any] = {}
    answer = edge.answer

    def cached(method: str, path: str) -> Any:
        found = answer(method, path)
        return first.setdefault(path.partition("?")[0], found)

    monkeypatch.setattr(edge, "answer", cached)
    with pytest.raises(UnfinishedError, match="still sent, though the original was"):
        run_command(edge.stack, "smoke")
