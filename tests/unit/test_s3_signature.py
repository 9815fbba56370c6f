"""The signature and the address of a request, as botocore has them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import boto3
import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import ReadOnlyCredentials
from botocore.exceptions import NoCredentialsError
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cli.s3 import address
from resize_on_upload_cli.s3.address import Address
from resize_on_upload_cli.s3.messages import Request, Response
from resize_on_upload_cli.s3.reader import _query
from resize_on_upload_cli.s3.signature import signed
from tests.support.s3_http import served

NOW = datetime(2026, 11, 26, 23, 59, 58, tzinfo=UTC)
TEXTS = st.text("ab !#$%&'()*+,-./:=?@~é\U0001f600", max_size=6)


@given(
    TEXTS, TEXTS, st.sampled_from([None, "t/o+ken="]), st.sampled_from(["HEAD", "GET"])
)
def test_it_equals_botocores(
    key: str, prefix: str, token: str | None, method: str
) -> None:
    credentials = ReadOnlyCredentials("AKID", "secret", token)
    host = Address("https", "b.s3.eu-west-1.amazonaws.com:444", "", "eu-west-1")
    query = _query({"prefix": prefix, "list-type": "2", "versions": ""})
    owner = {"x-amz-expected-bucket-owner": "1"}
    path = "/" + quote(key, safe="/~")
    found = signed(Request(method, host, path, query, owner), credentials, NOW)
    url = f"https://{host.host}{path}?{query}"
    expected = AWSRequest(method, url, {**owner})
    with patch.object(auth, "get_current_datetime", lambda *_, **__: NOW):
        signer = auth.S3SigV4Auth(credentials, "s3", "eu-west-1")
        expected.context["signing"] = {}
        expected.context["payload_signing_enabled"] = True
        signer.add_auth(expected)
    assert found.headers["authorization"] == expected.headers["Authorization"]
    assert found.headers["x-amz-date"] == expected.headers["X-Amz-Date"]


def _client(
    region: str, environment: dict[str, str] | None = None, **options: Any
) -> Any:
    s3: Any = options
    config = Config(s3=s3)
    session = boto3.Session("AKID", "secret", region_name=region)
    with patch.dict("os.environ", environment or {}):
        return session.client("s3", config=config)


@pytest.mark.parametrize(
    ("region", "environment", "options", "expected"),
    [
        ("eu-central-1", {}, {}, "https://photos.s3.eu-central-1.amazonaws.com"),
        ("cn-north-1", {}, {}, "https://photos.s3.cn-north-1.amazonaws.com.cn"),
        ("us-gov-west-1", {}, {}, "https://photos.s3.us-gov-west-1.amazonaws.com"),
        ("us-east-1", {"AWS_USE_FIPS_ENDPOINT": "true"}, {},
         "https://photos.s3-fips.us-east-1.amazonaws.com"),
        ("us-west-2", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, {},
         "https://photos.s3.dualstack.us-west-2.amazonaws.com"),
        ("us-west-2", {}, {"addressing_style": "path"},
         "https://s3.us-west-2.amazonaws.com/photos"),
        ("us-west-2", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, {},
         "http://127.0.0.1:4566/photos"),
        ("us-west-2", {"AWS_ENDPOINT_URL_S3": "http://localhost:1/s3/"}, {},
         "http://localhost:1/s3/photos"),
    ],
    ids=str,
)  # fmt: skip
def test_the_address_is_botocores(
    region: str, environment: dict[str, str], options: dict[str, Any], expected: str
) -> None:
    """Nothing is sent to find it."""
    client = _client(region, environment, **options)
    found = address.prepared(client, "photos")
    assert (found.endpoint, found.region) == (expected, region)


def test_a_bucket_with_dots_is_in_the_path() -> None:
    """No certificate has its name."""
    found = address.prepared(_client("eu-west-1"), "my.photos")
    assert found.endpoint == "https://s3.eu-west-1.amazonaws.com/my.photos"


def test_without_credentials_it_is_botocores_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    client = boto3.Session(region_name="eu-west-1").client("s3")
    with pytest.raises(NoCredentialsError):
        address.prepared(client, "photos")


def test_a_bucket_of_another_region_is_found_by_asking() -> None:
    """The redirect is followed by botocore; later requests are signed for it."""
    listing = b"<ListBucketResult/>"
    code, region = "AuthorizationHeaderMalformed", "<Region>eu-west-3</Region>"
    malformed = f"<Error><Code>{code}</Code>{region}</Error>".encode()

    def respond(_method: str, target: str) -> Response:
        if not asked:
            asked.append(target)
            return Response(400, {"x-amz-bucket-region": "eu-west-3"}, malformed)
        return Response(200, {"x-amz-bucket-region": "eu-west-3"}, listing)

    asked: list[str] = []
    with served(respond) as url:
        session = boto3.Session("AKID", "secret", region_name="us-east-1")
        client = session.client("s3", endpoint_url=url)
        found = address.asked(client, "photos")
    assert asked
    assert found.region == "eu-west-3"
