"""`urls`: what it prints of each URL, and what it requests."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload_cli.errors import DeploymentError, UnfinishedError, UsageError
from resize_on_upload_cli.stack.base_url import URL_VARIABLE
from resize_on_upload_cli.stack.viewer import Response
from tests.protocol.explorer import make_variants
from tests.support.fake_edge import DOMAIN, FakeEdge, serving
from tests.support.fake_stack import FakeStack, run_command

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = """{
    "sizes": [
        "9x",
        {"geometry": "5x", "make": "request"},
        {"geometry": "x7", "include": ["avatars/*"]}
    ],
    "manifest": true
}"""


@pytest.fixture
def stack() -> FakeStack:
    """A deployment with one image."""
    stack = FakeStack(SIZES)
    config = ReconcileConfig(stack.store, stack.sizes, make_variants)
    stack.upload("a.png", b"A")
    reconcile("a.png", config, Report())
    return stack


@pytest.fixture
def edge(stack: FakeStack) -> Iterator[FakeEdge]:
    with serving(stack) as edge:
        yield edge


def _printed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_url_is_requested(
    stack: FakeStack, edge: FakeEdge, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that is made on request is made by it; nothing is downloaded."""
    assert run_command(stack, "urls a.png --json") == 0
    first = _printed(capsys)
    facts = [
        (one["size"], one["make"], one["status"], one["on_request"]) for one in first
    ]
    assert facts == [
        ("9x", "upload", 200, None),
        ("5x", "request", 200, "made"),
        ("manifest", "upload", 200, None),
    ]
    assert first[1]["x_cache"] == "Miss from cloudfront"
    assert (first[1]["bytes"], first[1]["type"]) == (len(b"5x of A"), "image/png")
    assert first[2]["url"].endswith("/manifest/a.png.json")
    assert edge.seen == [
        "HEAD /9x/a.png", "HEAD /5x/a.png", "HEAD /manifest/a.png.json"
    ]  # fmt: skip
    assert run_command(stack, "urls a.png --json") == 0
    assert [one["on_request"] for one in _printed(capsys)] == [None, None, None]


def test_people_get_a_table(edge: FakeEdge, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(edge.stack, "urls a.png") == 0
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["status", "cache", "bytes", "type", "URL"]
    assert rows[1].split()[:5] == ["200", "miss,", "made", "7", "image/png"]
    assert rows[1].endswith("/5x/a.png")


@pytest.mark.parametrize(("key", "reason"), [("gone", "not-found"), ("bad", "corrupt")])
def test_a_key_without_variants_has_a_reason(
    edge: FakeEdge, key: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A response to HEAD has none, so it is requested once more."""
    edge.stack.upload("bad", b"!")
    assert run_command(edge.stack, f"urls a.png {key}") == 1
    hint = f"{key}: there is no original with this key; upload it first\n"
    assert capsys.readouterr().err.endswith(hint) == (reason == "not-found")
    edge.seen.clear()
    assert run_command(edge.stack, f"urls {key} --json") == 1
    printed = _printed(capsys)
    assert {one["status"] for one in printed} == {404}
    assert {one["reason"] for one in printed} == {reason}
    assert edge.seen[:2] == [f"HEAD /9x/{key}", f"GET /9x/{key}"]
    assert run_command(edge.stack, f"urls {key}") == 1
    assert "404     error, " in capsys.readouterr().out


def test_urls_are_printed_without_a_request(
    stack: FakeStack, edge: FakeEdge, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, "urls --no-request a.png avatars/b.png") == 0
    paths = [urlsplit(url).path for url in capsys.readouterr().out.splitlines()]
    assert paths == [
        "/9x/a.png", "/5x/a.png", "/manifest/a.png.json",
        "/9x/avatars/b.png", "/5x/avatars/b.png", "/x7/avatars/b.png",
        "/manifest/avatars/b.png.json",
    ]  # fmt: skip
    assert run_command(stack, "urls --no-request --json a.png") == 0
    assert list(_printed(capsys)[0])[2:] == ["key", "size", "make", "url"]
    assert edge.seen == []


def test_without_delivery_there_are_no_urls(stack: FakeStack) -> None:
    """Nor if the variable is set, which only replaces the output."""
    with pytest.raises(UnfinishedError, match="deploy it with -c delivery=true"):
        run_command(stack, "urls a.png --no-request")


def test_a_key_without_a_size_is_reported(
    edge: FakeEdge, capsys: pytest.CaptureFixture[str]
) -> None:
    only = FakeStack('{"sizes": [{"geometry": "9x", "include": ["a/*"]}]}')
    only.outputs["Url"] = DOMAIN
    assert run_command(only, "urls b.png") == 1
    out, err = capsys.readouterr()
    assert (out, edge.seen) == ("", [])
    assert err.startswith("b.png: has no size; ")


def test_a_size_whose_variant_would_have_too_long_a_key_has_no_url(
    stack: FakeStack, edge: FakeEdge, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, f"urls --no-request --json {'k' * 1_021}") == 0
    assert [one["size"] for one in _printed(capsys)] == ["9x", "5x"]
    assert edge.seen == []


@pytest.mark.parametrize("key", ["''", "a/", "k" * 1_025, "\udcff"])
def test_what_is_not_a_key_is_refused(
    stack: FakeStack, key: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        run_command(stack, f"urls {key}")
    assert end.value.code == 2
    assert "KEY: must be 1 to 1024 bytes of UTF-8" in capsys.readouterr().err


def test_an_unreachable_url_is_reported(
    stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do if it is the local stack's."""
    stack.outputs["Url"] = DOMAIN
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
        monkeypatch.setenv(URL_VARIABLE, url)
        expected = rf"no connection to {url}/9x/a.png: .*`make local`, .*{URL_VARIABLE}"
        with pytest.raises(DeploymentError, match=expected) as error:
            run_command(stack, "urls a.png")
    assert error.value.exit_code == 3


@pytest.mark.parametrize(
    ("header", "result"),
    [
        ("made;dur=240", "made"),
        ("found;dur=9, other;dur=1", "found"),
        ("missing", "missing"),
        ('cdn-cache-hit,cdn-pop;desc="FRA50-C1"', ""),  # CloudFront's own
        ("", ""),
    ],
)
def test_what_the_function_did_is_in_server_timing(header: str, result: str) -> None:
    """Unless the response comes out of a cache, which keeps the header."""
    timing = {"Server-Timing": header}
    assert Response(200, timing, b"").on_request == result
    for cache in ("Hit", "RefreshHit"):
        cached = {"X-Cache": f"{cache} from cloudfront"}
        assert Response(200, timing | cached, b"").on_request == ""


def test_what_is_unknown_of_a_response_is_not_invented() -> None:
    response = Response(502, {"Content-Type": "text/html"}, b"<h1>ERROR</h1>")
    assert (response.reason, response.summary, response.bytes) == ("", "502", 14)
    assert Response(200, {}, b"").bytes is None
    long = Response(404, {"Content-Type": "text/plain; charset=utf-8"}, b"x" * 999)
    assert long.reason == "x" * 100


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("", DOMAIN),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/"),
        ("https://images.example/", "https://images.example/"),
    ],
)
def test_a_variable_replaces_the_output(
    given: str, url: str, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(URL_VARIABLE, given)
    assert stack.url is None
    stack.outputs["Url"] = DOMAIN
    assert stack.url == url


@pytest.mark.parametrize("given", ["images.example", "/images", "s3://images/"])
def test_a_variable_that_is_no_url_is_reported(
    given: str, stack: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.outputs["Url"] = DOMAIN
    monkeypatch.setenv(URL_VARIABLE, given)
    expected = f"{URL_VARIABLE} is '{given}', which does not begin with https://"
    with pytest.raises(UsageError, match=expected):
        run_command(stack, "urls a.png")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30))
def test_a_url_leads_to_its_key(key: str) -> None:
    """Whatever characters the key has: nothing begins a query, a plus stays one."""
    stack = FakeStack('{"sizes": ["9x"]}')
    stack.outputs["Url"] = DOMAIN
    url = stack.variant_url(stack.sizes[0], key)
    parts = urlsplit(url)
    assert url.isascii()
    assert (parts.query, parts.fragment) == ("", "")
    assert "+" not in url
    assert unquote(parts.path) == f"/9x/{key}"


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("holiday 2026/a.jpg", "holiday%202026/a.jpg"),
        ("a+b.jpg", "a%2Bb.jpg"),
        ("100%.jpg", "100%25.jpg"),
        ("a#b?c&d=e.jpg", "a%23b%3Fc%26d%3De.jpg"),
        ("Zürich.jpg", "Z%C3%BCrich.jpg"),
        ("~a_b-c.d", "~a_b-c.d"),
    ],
)
def test_urls_are_encoded_like_those_of_the_manifest(key: str, path: str) -> None:
    stack = FakeStack('{"sizes": ["9x"]}')
    stack.outputs["Url"] = DOMAIN
    assert stack.variant_url(stack.sizes[0], key) == f"{DOMAIN}9x/{path}"
