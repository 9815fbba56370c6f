"""The upload page: its file, its keys, and its local server, with fakes of AWS."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from contextlib import closing, contextmanager
from email.message import Message
from http.client import HTTPConnection
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from local.stack import LOG
from local.upload_page import images as listed
from local.upload_page import site
from local.upload_page.function_log import FunctionLog
from local.upload_page.guard import refusal
from local.upload_page.server import UploadPage
from resize_on_upload import errors
from resize_on_upload.upload_page.form import image_type, key_mistake
from resize_on_upload.upload_page.page import page
from tests.support.fake_stack import FakeStack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HTML = page().body.decode()
SIZES = '{"sizes": ["150x", {"geometry": "9x", "include": ["small/*"]}]}'


def test_the_page_loads_nothing_from_elsewhere() -> None:
    addresses = re.findall(r'(?:src|href|action)\s*=\s*"([^"]*)"', HTML)
    assert all(one.startswith("data:") for one in addresses), addresses
    assert "@import" not in HTML
    assert "url(" not in HTML


def test_the_page_never_takes_a_text_for_html() -> None:
    """Names of files and what S3 answers are only ever texts."""
    unsafe = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\("
    )
    assert not re.search(unsafe, HTML)
    assert not re.search(r"<[^>]+\s(on\w+|style)=", HTML)


def test_only_the_pages_own_script_and_style_run() -> None:
    policy = page(images="http://127.0.0.1:1").headers["Content-Security-Policy"]
    directives = dict(one.split(" ", 1) for one in policy.split("; "))
    for element, directive in (("script", "script-src"), ("style", "style-src")):
        (text,) = re.findall(f"<{element}>(.*?)</{element}>", HTML, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert directives[directive] == f"'sha256-{digest}'"
    assert directives["default-src"] == "'none'"
    assert directives["connect-src"] == "'self'"
    assert directives["img-src"] == "'self' blob: data: http://127.0.0.1:1"


def test_the_page_says_what_to_do_after_each_rejection() -> None:
    (table,) = re.findall(r"const ADVICE = {(.*?)};", HTML, re.DOTALL)
    known = set(re.findall(r'^ *"([a-z-]+)":', table, re.MULTILINE))
    assert known == {one.reason for one in errors.Rejected.__subclasses__()}


@pytest.mark.parametrize(
    "key",
    ["a.jpg", "写真 😀 + See.jpg", "a/b c/d.HEIC", ".jpg", "a..b.png", "x" * 1_024],
)
def test_keys_that_a_page_can_upload_to(key: str) -> None:
    assert key_mistake(key) == ""


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("", "no name"),
        ("a/", "no name"),
        ("a\n.jpg", "control"),
        ("\x00", "control"),
        ("\ud800.jpg", "control"),
        ("../a.jpg", "browsers remove"),
        ("a/./b.jpg", "browsers remove"),
        ("/a.jpg", "browsers remove"),
        ("a//b.jpg", "browsers remove"),
        ("x" * 1_025, "1,024 bytes"),
        ("é" * 513, "1,024 bytes"),
        ("a ${filename}", "${filename}"),
    ],
)
def test_keys_that_a_page_cannot_upload_to(key: str, reason: str) -> None:
    assert reason in key_mistake(key)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("image/jpeg", "image/jpeg"),
        ("image/svg+xml", "image/svg+xml"),
        ("", "image/*"),
        ("text/html", "image/*"),
        ("image/jpeg\r\nx: y", "image/*"),
        ("image/" + "x" * 99, "image/*"),
    ],
)
def test_the_type_of_an_upload(given: str, used: str) -> None:
    assert image_type(given) == used


def _headers(**headers: str) -> Message:
    found = Message()
    for name, value in headers.items():
        found[name.replace("_", "-")] = value
    return found


OWN = {"Host": "127.0.0.1:8765"}
SAME = {**OWN, "Origin": "http://127.0.0.1:8765", "Sec_Fetch_Site": "same-origin"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "is_refused"),
    [
        ("GET", "/", OWN, False),
        ("GET", "/", {"Host": "localhost:8765"}, False),
        ("GET", "/", {**OWN, "Sec_Fetch_Site": "cross-site"}, False),
        ("GET", "/images", {**OWN, "Sec_Fetch_Site": "same-origin"}, False),
        ("POST", "/upload", SAME, False),
        ("DELETE", "/images", SAME, False),
        # Another name that resolves to this machine, or another port's server.
        ("GET", "/", {"Host": "evil.example:8765"}, True),
        ("GET", "/", {"Host": "127.0.0.1:8766"}, True),
        ("GET", "/", {"Host": "127.0.0.1.evil.example:8765"}, True),
        ("GET", "/", {}, True),
        # Another site's page.
        ("GET", "/images", {**OWN, "Sec_Fetch_Site": "cross-site"}, True),
        ("GET", "/form", {**OWN, "Sec_Fetch_Site": "same-site"}, True),
        ("GET", "/images", {**OWN, "Origin": "https://evil.example"}, True),
        ("POST", "/upload", {**SAME, "Origin": "https://evil.example"}, True),
        ("POST", "/upload", {**SAME, "Origin": "null"}, True),
        ("POST", "/upload", {**SAME, "Origin": "http://127.0.0.1:8766"}, True),
        ("DELETE", "/images", {**SAME, "Sec_Fetch_Site": "cross-site"}, True),
        ("DELETE", "/images", OWN, True),
    ],
)
def test_only_requests_of_the_page_itself_are_answered(
    method: str, path: str, headers: dict[str, str], *, is_refused: bool
) -> None:
    assert bool(refusal(method, path, _headers(**headers), 8765)) == is_refused


@pytest.fixture
def fake() -> FakeStack:
    return FakeStack(SIZES)


@pytest.fixture
def local(fake: FakeStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The local stack, as the page uses it."""
    monkeypatch.setattr(
        listed.Images, "read_deployment", lambda self: setattr(self, "deployment", fake)
    )
    monkeypatch.setattr(site, "_MAX_WAIT_SECONDS", 0.0)
    return SimpleNamespace(
        state=tmp_path,
        edge=SimpleNamespace(url="http://edge"),
        url="http://edge/",
        original=fake.original,
        resized=fake.resized,
        cloud=SimpleNamespace(endpoint="http://127.0.0.1:9", certificate=None),
    )


@contextmanager
def _connected(stack: Any) -> Iterator[tuple[HTTPConnection, str]]:
    with UploadPage(stack, 0) as served:
        host = served.url.removeprefix("http://").removesuffix("/")
        with closing(HTTPConnection(host, timeout=60)) as connection:
            yield connection, served.url.removesuffix("/")


def _ask(
    stack: Any, method: str, path: str, **headers: str
) -> tuple[int, dict[str, Any]]:
    with _connected(stack) as (connection, origin):
        connection.request(method, path, headers={"Origin": origin, **headers})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def test_the_page_is_served_with_its_policy(local: Any) -> None:
    with _connected(local) as (connection, _):
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert answer.read() == page().body
        assert "http://edge" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_a_taken_port_is_replaced_by_a_free_one(local: Any) -> None:
    with UploadPage(local, 0) as one:
        port = int(one.url.rsplit(":", 1)[1].removesuffix("/"))
        with UploadPage(local, port) as other:
            assert other.url != one.url


def test_the_server_refuses_another_host(local: Any) -> None:
    status, body = _ask(local, "GET", "/images", Host="evil.example")
    assert (status, "127.0.0.1" in body["message"]) == (403, True)


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nothing", {}, 404),
        ("GET", "/../../etc/passwd", {}, 404),
        ("GET", "/preview/../../etc/passwd", {}, 404),
        ("GET", "/preview/%2e%2e/%2e%2e/etc/passwd", {}, 404),
        ("GET", "/preview/manifest/a.jpg", {}, 404),
        ("GET", "/preview/150x/absent.jpg", {}, 404),
        ("POST", "/images", {"Content-Length": "0"}, 404),
        ("POST", "/upload", {}, 411),
        ("POST", "/upload", {"Content-Length": "-1"}, 411),
        ("POST", "/upload", {"Content-Length": "9" * 12}, 413),
        ("POST", "/upload", {"Content-Length": "9" * 5_000}, 413),
        ("GET", "ftp://[", {}, 400),
        ("POST", "/upload", {"Content-Length": str(site.MAX_FORM_BYTES + 1)}, 413),
        ("GET", "/form?key=../a.jpg", {}, 400),
        ("GET", "/form", {}, 400),
        ("DELETE", "/images?key=a/", {}, 400),
    ],
)
def test_what_is_not_there_or_not_allowed(
    local: Any, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    with _connected(local) as (connection, origin):
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in {"Origin": origin, **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        assert (answer.status, "message" in json.loads(answer.read())) == (status, True)


def test_only_what_is_below_a_size_is_shown(local: Any, fake: FakeStack) -> None:
    """And never as a page of this server."""
    fake.put_variant("other/a.jpg")
    fake.put_variant("150x/a.html")
    assert _ask(local, "GET", "/preview/other/a.jpg")[0] == 404
    with _connected(local) as (connection, _):
        connection.request("GET", "/preview/150x/a.html")
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"x")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_an_existing_image_is_only_replaced_if_asked(
    local: Any, fake: FakeStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "presigned_form", lambda *a: {"url": a[1], "fields": {}})
    key = "写真 😀 + See.jpg"
    path = f"/form?type=image/jpeg&key={quote(key)}"
    assert _ask(local, "GET", path) == (200, {"url": "upload", "fields": {}})
    fake.upload(key)
    assert _ask(local, "GET", path)[0] == 409
    assert _ask(local, "GET", f"{path}&replace=yes")[0] == 200


def test_deleting_deletes_the_original(local: Any, fake: FakeStack) -> None:
    fake.upload("a b.jpg")
    assert _ask(local, "DELETE", "/images?key=a%20b.jpg")[0] == 200
    assert _ask(local, "GET", "/images")[1]["images"] == []


def _states(local: Any) -> dict[str, Any]:
    answer = _ask(local, "GET", "/images")[1]
    return {
        one["key"]: (one["state"], [size["state"] for size in one["sizes"]])
        for one in answer["images"]
    }


def test_an_image_is_ready_once_every_size_is_of_this_original(
    local: Any, fake: FakeStack
) -> None:
    first = fake.upload("a.jpg")
    assert _states(local) == {"a.jpg": ("resizing", ["missing"])}
    fake.put_variant("150x/a.jpg", source=first, width="150", height="100")
    assert _states(local) == {"a.jpg": ("ready", ["current"])}
    fake.upload("a.jpg", b"another")
    assert _states(local) == {"a.jpg": ("resizing", ["stale"])}
    fake.s3.delete_object(Bucket=fake.original, Key="a.jpg")
    assert _states(local) == {"a.jpg": ("removing", ["stale"])}


def test_what_the_page_gets_about_a_size(local: Any, fake: FakeStack) -> None:
    source = fake.upload("small/a b.jpg")
    fake.put_variant("9x/small/a b.jpg", source=source, width="9", height="6")
    _, answer = _ask(local, "GET", "/images")
    _, small = answer["images"][0]["sizes"]
    preview = small.pop("preview")
    assert preview.startswith("preview/9x/small/a%20b.jpg?v=")
    assert small == {
        "name": "9x",
        "state": "current",
        "width": 9,
        "height": 6,
        "bytes": 1,
        "type": small["type"],
        "url": "http://edge/9x/small/a%20b.jpg",
    }


def _line(event: str, version: str | None, **more: Any) -> str:
    return json.dumps({"event": event, "key": "a.jpg", "version_id": version, **more})


REJECTED = {"reason": "corrupt", "message": "no data"}


@pytest.mark.parametrize(
    ("lines", "event"),
    [
        ([], None),
        ([_line("image.rejected", "1", **REJECTED)], "image.rejected"),
        ([_line("image.rejected", None, **REJECTED)], "image.rejected"),
        ([_line("image.rejected", "0", **REJECTED)], None),  # of the one before
        ([_line("image.failed", "1")], None),
        ([_line("image.failed", "1")] * 2, None),
        ([_line("image.failed", "1")] * 3, "image.failed"),
        ([_line("image.failed", "0"), *[_line("image.failed", "1")] * 2], None),
        (
            [
                _line("image.rejected", "1", **REJECTED),
                _line("image.skipped", "1", reason="up-to-date"),
            ],
            "image.rejected",
        ),
        ([_line("image.skipped", "1", reason="no-matching-size")], "image.skipped"),
        (["START RequestId", "{}"], None),
        (["{no JSON", _line("image.rejected", "1", **REJECTED)], "image.rejected"),
    ],
)
def test_the_outcome_of_an_upload(
    tmp_path: Path, lines: list[str], event: str | None
) -> None:
    file = tmp_path / "log"
    log = FunctionLog(file)
    log.read()
    file.write_text("".join(f"{line}\n" for line in lines) + '{"half of a')
    log.read()
    found = log.outcome("a.jpg", "1")
    assert (found.event if found else None) == event


def test_a_rejected_image_has_its_reason(local: Any, fake: FakeStack) -> None:
    source = fake.upload("a.jpg")
    (local.state / LOG).write_text(_line("image.rejected", source, **REJECTED) + "\n")
    (image,) = _ask(local, "GET", "/images")[1]["images"]
    assert (image["state"], image["code"], image["message"]) == (
        "rejected",
        "corrupt",
        "no data",
    )
