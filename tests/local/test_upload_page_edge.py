"""The upload page as it is deployed: its function, the edge, S3's CORS and conditions.

nginx is in the place of CloudFront, the emulator in Lambda's, MiniStack in that of S3,
IAM and Secrets Manager.
"""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
import urllib3

from local.stack import running
from scripts.chromium import Tab, chromium, program
from tests.support import images
from tests.support.nginx import require_nginx
from tests.support.viewer import view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.stack import Stack

CONTEXT = {"delivery": "true", "uploadPage": "true"}


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    require_nginx()
    with running(context=CONTEXT) as started:
        _rename_distribution(started)
        yield started


def _rename_distribution(stack: Stack) -> None:
    """Allow forms of the edge's pages, as deployed for those of the distribution."""
    client, bucket = stack.s3(), stack.original
    (rule,) = client.get_bucket_cors(Bucket=bucket)["CORSRules"]
    assert rule["AllowedMethods"] == ["POST"]
    assert [f"{one}/" for one in rule["AllowedOrigins"]] == [stack.outputs["Url"]]
    assert stack.edge
    rule["AllowedOrigins"] = [stack.edge.url]
    client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": [rule]})


@pytest.fixture(scope="module")
def token(stack: Stack) -> str:
    """What the output `UploadAccessCommand` prints; here one that ends with a quote.

    MiniStack makes such tokens at random: it ignores ExcludePunctuation.
    """
    client = stack.cloud.client("secretsmanager")
    arn = stack.outputs["UploadTokenArn"]
    assert arn in stack.outputs["UploadAccessCommand"]
    made = str(client.get_secret_value(SecretId=arn)["SecretString"])
    token = made.strip('"') + '"'
    client.put_secret_value(SecretId=arn, SecretString=token)
    return token


@pytest.fixture
def tab(stack: Stack, tmp_path: Path) -> Iterator[Tab]:
    if not program():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    # It knows no certificate of the local cloud.
    with chromium(tmp_path / "profile", "--ignore-certificate-errors") as tab:
        tab.resize(1_280, 900)
        tab.open(f"{stack.url}upload/")
        yield tab


def _form(stack: Stack, token: str, key: str) -> dict[str, Any]:
    path = f"/upload/form?type=image/png&key={quote(key)}"
    answer = view(stack, path, headers={"x-upload-token": token})
    assert answer.status == HTTPStatus.OK, answer.body
    found: dict[str, Any] = json.loads(answer.body)
    return found


def _post(stack: Stack, form: dict[str, Any], body: bytes, **changed: str) -> int:
    fields: dict[str, Any] = {**form["fields"], **changed}
    context = ssl.create_default_context(cafile=str(stack.cloud.certificate))
    with urllib3.PoolManager(ssl_context=context) as pool:
        answer = pool.request(
            "POST", form["url"], fields={**fields, "file": ("a.png", body)}
        )
        return int(answer.status)


def test_from_the_token_to_the_sizes(tab: Tab, token: str, tmp_path: Path) -> None:
    """First with a wrong token; one of the files is not an image."""
    photo, bad = tmp_path / "lake 写真.jpg", tmp_path / "broken.jpg"
    photo.write_bytes(images.encoded("jpeg", 600, 400))
    bad.write_bytes(b"not an image")
    tab.wait("!document.getElementById('access').hidden")
    tab.drop([photo, bad])
    for text in ("wrong", token):
        tab.wait("!document.getElementById('access').hidden")
        tab.evaluate(f"document.getElementById('token').value = {json.dumps(text)}")
        tab.evaluate("document.getElementById('token-button').click()")
    tab.wait("document.querySelector('[data-state=ready]')?.innerText.includes('lake')")
    tab.wait("document.querySelector('[data-state=rejected]')?.innerText.length")
    assert "unsupported-format" in tab.evaluate(
        "document.querySelector('[data-state=rejected]').innerText"
    )
    shown = tab.evaluate(
        "[...document.querySelectorAll('[data-state=ready] .size')].map(one =>"
        " [one.querySelector('b').textContent, one.querySelector('a').href])"
    )
    assert [name for name, _ in shown] == ["150x", "50x50", "x150"]
    assert all(f"/{name}/uploads/" in url for name, url in shown)
    assert token not in str(tab.evaluate("document.documentElement.outerHTML"))
    refused = [one for one in tab.messages if "Content Security Policy" in one]
    assert not refused


def test_without_a_token_there_is_no_form(stack: Stack) -> None:
    for headers in ({}, {"x-upload-token": "x"}):
        answer = view(stack, "/upload/form?key=a.png", headers=headers)
        assert answer.status == HTTPStatus.UNAUTHORIZED
    assert view(stack, "/upload/form", "POST").status == HTTPStatus.FORBIDDEN


def test_s3_holds_a_form_to_its_key_type_and_length(stack: Stack, token: str) -> None:
    form = _form(stack, token, "a b.png")
    other = form["key"].replace("a b", "b")
    body = images.png(9, 9)
    assert _post(stack, form, body, key=other) == HTTPStatus.FORBIDDEN
    changed = {"Content-Type": "text/html"}
    assert _post(stack, form, body, **changed) == HTTPStatus.FORBIDDEN
    assert _post(stack, form, b"") == HTTPStatus.BAD_REQUEST
    assert _post(stack, form, body) == HTTPStatus.NO_CONTENT


def test_its_role_can_sign_nothing_else(stack: Stack) -> None:
    """With the role's credentials: no other key, no reading, listing or deleting."""
    roles = stack.cloud.client("lambda").get_function_configuration(
        FunctionName=stack.outputs["UploadPageFunctionName"]
    )
    given = stack.cloud.client("sts").assume_role(
        RoleArn=roles["Role"], RoleSessionName="test"
    )["Credentials"]
    script = """
import boto3, json, sys
from botocore.exceptions import ClientError
bucket, client, found = sys.argv[1], boto3.client("s3"), {}
for name, method, more in (
    ("new", client.put_object, {"Key": "uploads/x", "Body": b"x"}),
    ("other", client.put_object, {"Key": "other/x", "Body": b"x"}),
    ("read", client.get_object, {"Key": "uploads/x"}),
    ("delete", client.delete_object, {"Key": "uploads/x"}),
    ("list", client.list_objects_v2, {}),
):
    try:
        found[name] = method(Bucket=bucket, **more) and "allowed"
    except ClientError as error:
        found[name] = error.response["Error"]["Code"]
print(json.dumps(found))
"""
    environment = {
        **os.environ,
        **stack.cloud.environment(),
        "AWS_ACCESS_KEY_ID": given["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
        "AWS_SESSION_TOKEN": given["SessionToken"],
    }
    done = subprocess.run(
        [sys.executable, "-c", script, stack.original],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert json.loads(done.stdout) == {
        "new": "allowed",
        **dict.fromkeys(("other", "read", "delete", "list"), "AccessDenied"),
    }
