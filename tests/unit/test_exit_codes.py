"""The exit codes of docs/operations.md, the same in every command."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore import exceptions as aws

from resize_on_upload.errors import Rejected
from resize_on_upload_cli import cli
from resize_on_upload_cli.actions import wait
from resize_on_upload_cli.bulk import watched_keys
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.stack import deployment
from resize_on_upload_cli.uploads import form_post
from tests.support import images
from tests.support.fake_account import Account, client_error

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
DEPLOYED = (
    *("plan", "backfill", "prune", "redrive failed", "smoke", "upload README.md"),
    *("html a", "status a", "logs", "outputs", "open", "doctor --stack"),
)
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Account:
    """An empty account, in which no upload gets variants."""
    found = Account()
    monkeypatch.setattr(deployment, "find", lambda _: found.deployment)
    monkeypatch.setattr(form_post, "form", lambda *_: {})
    monkeypatch.setattr(form_post, "send", lambda *_: None)
    monkeypatch.setattr(wait, "TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(watched_keys, "TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(watched_keys, "_POLL_SECONDS", 0.05)
    return found


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an image, a letter, and valid and invalid sizes.json."""
    (tmp_path / "a.png").write_bytes(images.png(9, 9))
    (tmp_path / "letter.jpg").write_bytes(b"%PDF-1.7")
    (tmp_path / "empty").mkdir()
    (tmp_path / "config").mkdir()
    sizes = (ROOT / "config" / "sizes.json").read_text()
    (tmp_path / "config" / "sizes.json").write_text(sizes)
    (tmp_path / "other.json").write_text('{"sizes": ["7x"]}')
    (tmp_path / "wrong.json").write_text('{"sizes": ["0x"]}')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _run(command: str) -> int:
    try:
        return cli.main(command.split())
    except SystemExit as end:
        assert isinstance(end.code, int)
        return end.code


REJECTED = {"rejected": [{"key": "a", "code": "empty"}]}
TABLE: list[tuple[str, dict[str, Any], int]] = [
    ("preview a.png", {}, 0),
    ("preview a.png letter.jpg", {}, 1),
    ("preview", {}, 2),
    ("preview nowhere.png", {}, 2),
    ("preview empty", {}, 2),
    ("preview a.png --sizes wrong.json", {}, 2),
    ("check", {}, 0),
    ("check a.jpg", {}, 0),
    ("check --sizes wrong.json", {}, 1),
    ("check --sizes nowhere.json", {}, 2),
    ("check --nonsense", {}, 2),
    ("doctor", {}, 0),
    ("doctor --sizes wrong.json", {}, 1),
    ("doctor --sizes nowhere.json", {}, 1),
    ("doctor --nonsense", {}, 2),
    ("estimate a.png", {}, 0),
    ("estimate a.png letter.jpg", {}, 1),
    ("estimate letter.jpg", {}, 1),
    ("estimate nowhere.png", {}, 2),
    ("estimate a.png --sizes wrong.json", {}, 2),
    ("estimate a.png --uploads 1", {}, 0),
    ("estimate a.png --uploads 0", {}, 2),
    ("estimate a.png --uploads -5", {}, 2),
    ("estimate a.png --uploads many", {}, 2),
    ("estimate --hours 0", {}, 2),
    ("estimate --hours 1441", {}, 2),
    ("estimate --hours -1", {}, 2),
    ("estimate", {}, 3),
    ("plan", {}, 0),
    ("plan", {"originals": ["new.jpg"]}, 1),
    ("plan", {"resized": ["150x/gone.jpg"]}, 1),
    ("plan --detailed-exitcode", {}, 0),
    ("plan --detailed-exitcode", {"originals": ["new.jpg"]}, 4),
    ("plan --detailed-exitcode --json", {"resized": ["150x/gone.jpg"]}, 4),
    ("plan --sizes wrong.json", {}, 2),
    ("plan --sizes nowhere.json", {}, 2),
    ("backfill", {}, 0),
    ("backfill --rate 1000", {"originals": ["new.jpg"]}, 1),
    ("backfill --dry-run", {}, 0),
    ("backfill --dry-run", {"originals": ["new.jpg"]}, 1),
    ("backfill --sizes other.json", {}, 1),
    ("backfill --rate 0", {}, 2),
    ("backfill --rate fast", {}, 2),
    ("prune", {}, 0),
    ("prune", {"resized": ["150x/gone.jpg"]}, 1),
    ("prune --yes", {"resized": ["150x/gone.jpg"]}, 1),
    ("prune --yes", {"resized": ["dropped/gone.jpg"]}, 0),
    ("prune --sizes other.json", {}, 1),
    ("redrive rejected", {}, 0),
    ("redrive rejected", {"queues": REJECTED}, 0),
    ("redrive rejected --dry-run", {}, 0),
    ("redrive rejected --dry-run", {"queues": REJECTED}, 1),
    ("redrive nonsense", {}, 2),
    ("redrive rejected --code bogus", {}, 2),
    ("redrive failed --code empty", {}, 2),
    ("upload a.png", {}, 1),
    ("upload nowhere.png", {}, 2),
    ("upload a.png empty/../a.png empty", {}, 2),
    ("upload a.png --sizes other.json", {}, 1),
    ("html new.jpg", {}, 1),
    ("html new.jpg", {"originals": ["new.jpg"]}, 1),
    ("html", {}, 2),
    ("html a/", {}, 2),
    ("html a/../b", {}, 2),
    ("html a --base-url images/", {}, 2),
    ("status a.jpg", {}, 1),
    ("status a.jpg", {"originals": ["a.jpg"]}, 1),
    ("status", {}, 2),
    ("status a/", {}, 2),
    ("logs", {}, 0),
    ("logs --since nonsense", {}, 2),
    ("logs --function on-request", {}, 2),
    ("outputs", {}, 0),
    ("outputs Nope", {}, 2),
    ("open", {}, 0),
    ("open nope", {}, 2),
    ("smoke", {}, 1),
    ("smoke --sizes other.json", {}, 1),
    ("nonsense", {}, 2),
    ("", {}, 2),
    ("--help", {}, 0),
]


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(("command", "holds", "code"), TABLE, ids=str)
def test_each_command_has_the_documented_exit_code(
    command: str, holds: dict[str, Any], code: int, account: Account
) -> None:
    for name, value in holds.items():
        setattr(account, name, dict(value) if name == "queues" else list(value))
    assert _run(command) == code


ERRORS: dict[str, tuple[Callable[[], Exception], list[str]]] = {
    "no credentials": (
        aws.NoCredentialsError,
        ["no AWS credentials", "aws configure", "make local"],
    ),
    "incomplete credentials": (
        lambda: aws.PartialCredentialsError(provider="env", cred_var="SECRET"),
        ["credentials lack SECRET", "SECRET", "aws configure"],
    ),
    "signed out": (
        aws.UnauthorizedSSOTokenError,
        ["sign in again", "aws sso login"],
    ),
    "expired": (
        lambda: client_error("ExpiredToken", "DescribeStacks"),
        ["sign in again", "aws sso login"],
    ),
    "unknown credentials": (
        lambda: client_error("InvalidClientTokenId", "DescribeStacks"),
        ["AWS does not know these credentials", "aws configure"],
    ),
    "profile": (
        lambda: aws.ProfileNotFound(profile="nope"),
        ["no AWS profile nope", "aws configure list-profiles"],
    ),
    "region": (aws.NoRegionError, ["no AWS region", "--region"]),
    "connection": (
        lambda: aws.EndpointConnectionError(endpoint_url="https://x.example/"),
        ["no connection to https://x.example/", "AWS_ENDPOINT_URL", "--region"],
    ),
    "time-out": (
        lambda: aws.ConnectTimeoutError(endpoint_url="https://x.example/"),
        ["no connection to https://x.example/", "AWS_ENDPOINT_URL"],
    ),
    "proxy": (
        lambda: aws.ProxyConnectionError(proxy_url="http://p:1"),
        ["proxy http://p:1", "HTTPS_PROXY"],
    ),
    "certificate": (
        lambda: aws.SSLError(
            endpoint_url="https://x.example/", error=Exception("self-signed")
        ),
        ["certificate of https://x.example/", "AWS_CA_BUNDLE", "make local"],
    ),
    "access": (
        lambda: client_error("AccessDenied", "DescribeStacks"),
        ["AWS refused DescribeStacks: as given", "docs/operations.md"],
    ),
    "throttled": (
        lambda: client_error("Throttling", "DescribeStacks"),
        ["DescribeStacks failed: as given"],
    ),
}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", ERRORS)
@pytest.mark.parametrize("command", DEPLOYED)
def test_an_unknown_state_has_its_own_code(
    command: str,
    name: str,
    account: Account,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """3, and a sentence that says what to do; "AWS refused" only if AWS did."""
    make, expected = ERRORS[name]
    account.refused = make()
    command = command.replace("README.md", "a.png")
    assert _run(command) == 3
    printed = capsys.readouterr().err
    assert printed.count("\n") == 1
    for part in expected:
        assert part in printed
    assert ("AWS refused" in printed) == (name == "access")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("command", [*DEPLOYED, "estimate"])
def test_without_a_stack_or_a_region_the_state_is_unknown(
    command: str,
    account: Account,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = command.replace("README.md", "a.png")
    message = "Stack with id x does not exist"
    account.refused = aws.ClientError(
        {"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks"
    )
    assert _run(command) == 3
    assert "there is no stack" in capsys.readouterr().err
    monkeypatch.undo()
    for variable in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    monkeypatch.chdir(ROOT)
    assert _run(command.replace("a.png", "README.md")) == 3
    assert "no AWS region" in capsys.readouterr().err


def test_a_missing_profile_is_reported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the session, before any call."""
    monkeypatch.chdir(ROOT)
    assert _run("plan --profile nope --region eu-central-1") == 3
    assert "there is no AWS profile nope" in capsys.readouterr().err


def test_an_unknown_code_is_refused_with_a_list_of_the_known_ones(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run("redrive rejected --code bogus") == 2
    printed = capsys.readouterr().err
    for kind in Rejected.__subclasses__():
        assert kind.reason in printed
    assert account.invoked == []


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("number", ["0", "-5", "1.5", "many", "9" * 5_000])
def test_the_number_of_uploads_must_be_positive(
    number: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(f"estimate a.png --uploads {number}") == 2
    printed = capsys.readouterr().err
    assert "argument --uploads: must be a whole number from 1" in printed


def test_a_dry_run_counts_like_a_real_run(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    """Uploads, not messages: one that was rejected twice counts once."""
    queue = [
        {"key": "a", "code": "empty"},
        {"key": "a", "code": "empty"},
        {"key": "b", "code": "corrupt"},
        {"key": "b", "code": "corrupt"},
        {"key": "c", "code": "truncated"},
    ]
    summaries = {
        "--dry-run": "1 upload would be retried; 2 others left in the queue.",
        "": "Retrying 1 upload; 2 others left in the queue.",
    }
    for code in ("empty", "corrupt"):
        for option, summary in summaries.items():
            account.queues = {"rejected": list(queue)}
            _run(f"redrive rejected --code {code} {option}")
            assert capsys.readouterr().out.splitlines()[-1] == summary


def test_the_document_lists_every_code() -> None:
    section = OPERATIONS.partition("The exit codes are")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| (\d+) \| ", section, re.MULTILINE)
    assert listed == [str(int(code)) for code in ExitCode]


def test_the_reason_of_a_refusal_is_read_from_s3_s_xml() -> None:
    document = b"<?xml version='1.0'?><Error><Code>AccessDenied</Code>"
    document += b"<Message>not you</Message><RequestId>7</RequestId></Error>"
    assert form_post._reason(document) == "AccessDenied: not you"
    assert form_post._reason(b"cut off \xc3") == "cut off \ufffd"


@pytest.mark.parametrize(("status", "code"), [(400, 1), (403, 3)])
def test_a_refused_form_has_another_code_than_a_refused_file(
    status: int, code: int, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the first is a lack of access; the response may be cut off anywhere."""
    answer = SimpleNamespace(status=status, data=b"EntityTooLarge \xc3")
    pool = SimpleNamespace(request=lambda *_, **__: answer)
    monkeypatch.setattr(form_post, "_pool", lambda: pool)
    monkeypatch.setattr(deployment, "find", lambda _: Account().deployment)
    monkeypatch.setattr(form_post, "form", lambda *_: {"url": "u", "fields": {}})
    assert _run(f"upload {here / 'a.png'}") == code
