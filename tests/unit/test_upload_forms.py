"""The function behind the upload page: who gets a form, and for what."""

from __future__ import annotations

import base64
import json
import re
from types import SimpleNamespace
from typing import Any

import pytest

from resize_on_upload.upload_page import handler as function
from resize_on_upload.upload_page.access import Access, is_admitted, signed_pass
from resize_on_upload.upload_page.page import page

SECRET = "correct horse battery staple"  # noqa: S105 - a test's
SIZES = """{"manifest": true, "formats": ["avif", "original"], "sizes": [
  "150x", {"geometry": "9x", "include": ["elsewhere/*"]}]}"""


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The secret; and what is asked for, as in AWS."""
    found = [SECRET]
    real = function._client

    def client(service: str, **options: Any) -> Any:
        if service == "s3":
            return real(service, **options)
        return SimpleNamespace(get_secret_value=lambda **_: {"SecretString": found[-1]})

    for one in (function._settings, function._s3, function._secret):
        one.cache_clear()
    monkeypatch.setattr(function, "_client", client)
    environment = {
        "ORIGINAL_BUCKET": "photos",
        "UPLOAD_PREFIX": "uploads/",
        "UPLOAD_ACCESS": "token",
        "SIZES": SIZES,
        "SECRET": "arn",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_SESSION_TOKEN": "session",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return found


def _ask(path: str, query: str = "", token: str | None = SECRET) -> tuple[int, Any]:
    headers = {} if token is None else {"x-upload-token": token}
    event = {
        "rawPath": path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {"http": {"method": "GET"}},
    }
    answer = function.handler(event, None)
    assert isinstance(answer, dict)
    return answer["statusCode"], json.loads(answer["body"])


@pytest.mark.usefixtures("secrets")
def test_a_form_is_for_one_new_key_an_image_type_and_128_mb() -> None:
    status, form = _ask("/upload/form", "key=a%20b/%E5%86%99.jpg&type=image/jpeg")
    assert status == 200
    key = form["fields"]["key"]
    assert re.fullmatch(r"uploads/[0-9a-f]{12}/a b/写\.jpg", key)
    assert form["key"] == key
    assert form["url"] == "https://photos.s3.eu-central-1.amazonaws.com/"
    assert form["fields"]["x-amz-security-token"] == "session"
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    for condition in (
        ["starts-with", "$Content-Type", "image/"],
        ["content-length-range", 1, 128 * 1024 * 1024],
        {"Content-Type": "image/jpeg"},
        {"bucket": "photos"},
        {"key": key},
    ):
        assert condition in policy["conditions"]


@pytest.mark.usefixtures("secrets")
def test_no_upload_replaces_another() -> None:
    keys = {_ask("/upload/form", "key=a.jpg")[1]["key"] for _ in range(9)}
    assert len(keys) == 9


@pytest.mark.usefixtures("secrets")
def test_a_form_says_where_the_sizes_will_be() -> None:
    """Formats share a URL; the manifest is not shown, nor what the key does not get."""
    _, form = _ask("/upload/form", "key=a%20b.jpg")
    (place,) = form["sizes"]
    assert place["name"] == "150x"
    assert re.fullmatch(r"/150x/uploads/[0-9a-f]{12}/a%20b\.jpg", place["url"])


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("token", [None, "", "wrong", SECRET + " ", SECRET[:-1], "é"])
def test_without_the_token_there_is_no_form(
    token: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    status, answer = _ask("/upload/form", "key=a.jpg", token)
    assert (status, set(answer)) == (401, {"message"})
    logged = json.loads(capsys.readouterr().out)
    assert logged == {"event": "form.refused", "level": "WARNING"}


@pytest.mark.usefixtures("secrets")
def test_the_token_is_never_taken_from_the_address() -> None:
    query = f"key=a.jpg&token={SECRET}&x-upload-token={SECRET}"
    assert _ask("/upload/form", query, None)[0] == 401


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    "query",
    [
        *("", "key=", "key=../a.jpg", "key=%2Fa.jpg", "key=a%00.jpg", "key=a/"),
        *("key=%24%7Bfilename%7D", "key=" + "x" * 1_020, "key=%ff%fe/.."),
    ],
)
def test_a_key_that_is_not_allowed(query: str) -> None:
    assert _ask("/upload/form", query)[0] == 400


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize(
    "path", ["/", "/upload", "/upload/x", "/uploads/form", "/upload/../form", "/form"]
)
def test_there_is_nothing_else(path: str) -> None:
    assert _ask(path)[0] == 404


@pytest.mark.usefixtures("secrets")
def test_the_page_needs_no_token_and_may_reach_the_bucket_only() -> None:
    event = {"rawPath": "/upload/", "headers": {}, "requestContext": {}}
    answer = function.handler(event, None)
    assert isinstance(answer, dict)
    assert answer["body"] == page().body.decode()
    policy = answer["headers"]["Content-Security-Policy"]
    bucket = "https://photos.s3.eu-central-1.amazonaws.com"
    assert f"connect-src 'self' {bucket};" in policy
    assert "img-src 'self' blob: data:;" in policy
    settings = _ask("/upload/settings", token=None)
    assert settings == (200, {"access": "token", "lists": False, "max": 134_217_728})


def test_a_new_secret_is_used_after_five_minutes(
    secrets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000_000.0]
    monkeypatch.setattr(function, "time", SimpleNamespace(time=lambda: now[0]))
    assert _ask("/upload/form", "key=a.jpg")[0] == 200
    secrets.append("rotated")
    now[0] += 300
    assert _ask("/upload/form", "key=a.jpg")[0] == 401
    assert _ask("/upload/form", "key=a.jpg", "rotated")[0] == 200


@pytest.mark.usefixtures("secrets")
def test_whoever_may_invoke_the_function_gets_a_pass(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is valid for twelve hours; the secret itself is not a pass."""
    now = [1_000_000.0]
    monkeypatch.setattr(function, "time", SimpleNamespace(time=lambda: now[0]))
    monkeypatch.setenv("UPLOAD_ACCESS", "iam")
    given = function.handler({}, None)
    assert isinstance(given, str)
    assert _ask("/upload/form", "key=a.jpg", given)[0] == 200
    assert _ask("/upload/form", "key=a.jpg", SECRET)[0] == 401
    now[0] += 12 * 60 * 60
    assert _ask("/upload/form", "key=a.jpg", given)[0] == 401


@pytest.mark.usefixtures("secrets")
def test_with_a_token_nobody_gets_a_pass() -> None:
    given = function.handler({}, None)
    assert isinstance(given, str)
    assert "UploadAccessCommand" in given


PASS = signed_pass(SECRET, "100")


@pytest.mark.parametrize(
    ("given", "now", "admitted"),
    [
        (PASS, 99, True),
        (PASS, 100, False),
        (PASS.replace("100.", "101."), 99, False),
        (PASS.replace("100.", "0100."), 99, False),
        (PASS.replace("100.", "\u0661\u0660\u0660."), 99, False),
        (PASS.replace("100.", "\u00b2."), 99, False),
        (PASS[:-1], 99, False),
        ("100.", 99, False),
        ("100", 99, False),
        ("", 99, False),
        (".", 99, False),
        (signed_pass("another", "100"), 99, False),
        ("9" * 5_000 + ".x", 99, False),
    ],
)
def test_passes(given: str, now: float, *, admitted: bool) -> None:
    assert is_admitted(Access.IAM, SECRET, given, now) == admitted
