"""Which stack the commands use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from resize_on_upload_cdk.configuration.context import DEFAULT_STACK_NAME
from resize_on_upload_cli import arguments, parser
from resize_on_upload_cli.commands import SUMMARIES
from resize_on_upload_cli.errors import UnfinishedError, UsageError
from resize_on_upload_cli.stack import deployment, selection
from resize_on_upload_cli.stack.deployment import Deployment
from resize_on_upload_cli.uploads import form_post

if TYPE_CHECKING:
    from pathlib import Path


def _stack(*options: str) -> str:
    found = parser.parse(["plan", "--region", "eu-central-1", *options])
    return deployment.find(found).name


def test_the_default_is_that_of_the_stacks() -> None:
    assert arguments.DEFAULT_STACK_NAME == DEFAULT_STACK_NAME


@pytest.mark.parametrize(
    ("cdk_json", "name"),
    [
        ('{"app": "python app.py", "context": {"stackName": "staging"}}', "staging"),
        ('{"context": {"stackName": ""}}', DEFAULT_STACK_NAME),
        ('{"context": {"stackName": " "}}', DEFAULT_STACK_NAME),
        ('{"context": {"stackName": " photos "}}', "photos"),
        ('{"context": {"stackName": null}}', DEFAULT_STACK_NAME),
        ('{"context": {"other": 1}}', DEFAULT_STACK_NAME),
        ('{"app": "node app.js"}', DEFAULT_STACK_NAME),
        (None, DEFAULT_STACK_NAME),
    ],
)
def test_the_stack_is_the_one_that_cdk_deploys(
    cdk_json: str | None,
    name: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the cdk.json of the current folder; --stack-name overrides it."""
    monkeypatch.chdir(tmp_path)
    if cdk_json:
        (tmp_path / "cdk.json").write_text(cdk_json)
    assert _stack() == name
    assert _stack("--stack-name", "other") == "other"


def test_the_environment_names_a_stack_for_many_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It overrides cdk.json, and --stack-name overrides it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cdk.json").write_text('{"context": {"stackName": "production"}}')
    monkeypatch.setenv(arguments.STACK_VARIABLE, " staging ")
    assert _stack() == "staging"
    assert _stack("--stack-name", "other") == "other"
    monkeypatch.setenv(arguments.STACK_VARIABLE, "")
    assert _stack() == "production"


@pytest.mark.parametrize(
    "command", sorted(set(SUMMARIES) - {"check", "preview", "doctor", "completion"})
)
def test_every_command_about_a_stack_can_name_it(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parser.parse([command, "--help"])
    assert "--stack-name NAME" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "added"),
    [
        ((), " --region eu-central-1"),
        (("--stack-name", "s"), " --stack-name s --region eu-central-1"),
        (("--profile", "my ops"), " --region eu-central-1 --profile 'my ops'"),
    ],
)
def test_the_next_command_is_about_the_same_stack(
    options: tuple[str, ...], added: str
) -> None:
    """Pasted as it is, it must not change the production stack in its place."""
    found = parser.parse(["plan", "--region", "eu-central-1", *options])
    stack = Deployment(None, options=selection.as_text(found))
    advice = "run `resize-on-upload backfill --prefix 'a b'`, then `redrive failed`"
    assert f"--prefix 'a b'{added}`, then" in stack.addressed(advice)
    without_stack = "`resize-on-upload check KEY` shows it"
    assert stack.addressed(without_stack) == without_stack


@pytest.mark.parametrize("text", ["{", "[]", '{"context": []}', "\ufffd"])
def test_a_broken_cdk_json_is_reported(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cdk.json").write_text(text)
    with pytest.raises(UsageError, match=r"cdk.json: is not valid.*--stack-name"):
        _stack()
    assert _stack("--stack-name", "other") == "other"


def test_forms_of_us_east_1_are_signed_with_version_4() -> None:
    """Botocore's default is version 2, which S3 refuses for new buckets."""
    session = boto3.Session("a", "b", region_name="us-east-1")
    stack = Deployment(session)
    vars(stack)["outputs"] = {"OriginalBucketName": "photos"}
    fields = form_post.form(stack, "a.jpg", "image/jpeg")["fields"]
    assert fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


def test_mistakes_in_deployed_sizes_are_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They can come from a parameter, which CloudFormation does not check."""
    monkeypatch.setattr(Deployment, "variables", {"SIZES": '{"sizes": ["64y"]}'})
    with pytest.raises(UnfinishedError, match="'64y' is not a valid geometry"):
        _ = Deployment(None).sizes


def test_commands_call_an_overloaded_s3_more_often_than_other_services() -> None:
    """A backfill of thousands must not end because S3 refuses a fifth of all calls."""
    found = Deployment(boto3.Session("key", "secret", region_name="eu-central-1"))
    clients: list[Any] = [found.client("s3"), found.client("lambda")]
    s3, function = (client.meta.config.retries for client in clients)
    assert s3["total_max_attempts"] == deployment.S3_ATTEMPTS
    assert 0.2**deployment.S3_ATTEMPTS < 1e-5
    assert "total_max_attempts" not in function
