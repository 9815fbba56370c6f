"""The lean reader finds what boto3 finds, and survives what boto3 survives."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resize_on_upload.storage.overload import OVERLOADED
from resize_on_upload_cli.error_messages import translate
from resize_on_upload_cli.s3 import address, attempts
from resize_on_upload_cli.s3.address import Address
from resize_on_upload_cli.s3.attempts import Attempts
from resize_on_upload_cli.s3.messages import Response
from resize_on_upload_cli.s3.opening import open_reader
from resize_on_upload_cli.s3.pages import UnreadablePageError
from resize_on_upload_cli.s3.reader import BucketReader, UnreadableHeadersError
from tests.support.fake_stack import ORIGINAL, RESIZED, ListedS3
from tests.support.s3_http import answer, served

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from resize_on_upload_cli.s3.messages import Request

KEYS = st.one_of(
    st.text(
        "ab !#$%&'()*+,-./:=?@[]~\\\"<\x01\n\x7fé\uffee\U0001f600",
        min_size=1,
        max_size=5,
    ),
    st.sampled_from(["a" * 1_024, "é" * 512, "photo.jpg", "photo.jpg (1)"]),
)
ACTS = st.lists(st.tuples(st.sampled_from(["put", "put", "delete"]), KEYS), max_size=12)


class Bucket(ListedS3):
    """The buckets of one example, served over HTTP."""

    def __init__(self) -> None:
        super().__init__((ORIGINAL,))
        self.reset(1_000)

    def reset(self, page: int) -> None:
        """Empty both."""
        self.page, self.targets = page, list[str]()
        for name in (ORIGINAL, RESIZED):
            self.create_bucket(name)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_CA_BUNDLE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.delenv(name, raising=False)


def _session() -> Any:
    return boto3.Session("AKID", "secret", region_name="eu-central-1")


def _client(url: str) -> Any:
    return _session().client("s3", endpoint_url=url)


def _reader(url: str) -> BucketReader:
    reader = open_reader(_session(), _client(url), 4)
    reader._attempts.sleep = lambda _: None
    return reader


@pytest.fixture(scope="module")
def bucket() -> Bucket:
    return Bucket()


@pytest.fixture(scope="module")
def both(bucket: Bucket) -> Iterator[tuple[Any, BucketReader]]:
    """boto3's client and the reader of the same server."""

    def respond(method: str, target: str) -> Response:
        bucket.targets.append(target)
        return answer(bucket, method, target)

    with served(respond) as url:
        yield _client(url), _reader(url)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(ACTS, st.sampled_from(["", "a", "é", " "]), st.integers(1, 3))
def test_listings_and_headers_equal_those_of_boto3(
    bucket: Bucket,
    both: tuple[Any, BucketReader],
    acts: list[tuple[str, str]],
    prefix: str,
    page: int,
) -> None:
    """Of random buckets: with versions and delete markers, and without."""
    client, reader = both
    bucket.reset(page)
    for number, (act, key) in enumerate(acts):
        for name in (ORIGINAL, RESIZED):
            if act == "put":
                body, metadata = b"x" * number, {"source": str(number)}
                bucket.put_object(Bucket=name, Key=key, Body=body, Metadata=metadata)
            else:
                bucket.delete_object(Bucket=name, Key=key)
    objects = client.get_paginator("list_objects_v2")
    expected = [
        entry
        for one in objects.paginate(Bucket=RESIZED, Prefix=prefix)
        for entry in one.get("Contents", ())
    ]
    found = [one for page in reader.objects(RESIZED, prefix) for one in page.entries]
    assert found == expected
    versions = client.get_paginator("list_object_versions")
    expected = [
        entry
        for one in versions.paginate(Bucket=ORIGINAL, Prefix=prefix)
        for entry in one.get("Versions", ())
    ]
    found = [one for page in reader.versions(ORIGINAL, prefix) for one in page.entries]
    assert found == expected
    for key in {key for _, key in acts[:4]}:
        call = {"Bucket": ORIGINAL, "Key": key, "ExpectedBucketOwner": "1" * 12}
        assert _outcome(reader.head_object, call) == _outcome(client.head_object, call)
        assert bucket.targets[-1] == bucket.targets[-2]


def _outcome(head: Callable[..., dict[str, Any]], call: dict[str, str]) -> Any:
    try:
        found = head(**call)
    except ClientError as error:
        return error.response["Error"], str(error)
    names = ("ETag", "ContentLength", "ContentType", "LastModified", "VersionId")
    return {name: found.get(name) for name in names} | found["Metadata"]


def test_common_prefixes_are_listed(
    bucket: Bucket, both: tuple[Any, BucketReader]
) -> None:
    bucket.reset(1_000)
    for key in ("9x/a", "9x/b", "a b/c", "top"):
        bucket.put_object(Bucket=RESIZED, Key=key, Body=b"x")
    listed = list(both[1].objects(RESIZED, delimiter="/"))
    assert [one for page in listed for one in page.prefixes] == ["9x/", "a b/"]
    assert [one["Key"] for page in listed for one in page.entries] == ["top"]


HEADERS = {"etag": '"1"', "last-modified": "Thu, 01 Jan 2026 00:00:01 GMT"}
OK = Response(200, HEADERS)
REFUSAL = b"<Error><Code>%b</Code><Message>why</Message></Error>"


def _refusal(status: int, code: bytes) -> Response:
    return Response(status, {}, REFUSAL % code)


class Script:
    """Responds as listed, then always with success."""

    def __init__(self, *responses: Response | None) -> None:
        self.left, self.calls = list(responses), 0
        self.lock = threading.Lock()

    def __call__(self, _method: str, _target: str) -> Response | None:
        with self.lock:
            self.calls += 1
            return self.left.pop(0) if self.left else OK


def _head(url: str) -> dict[str, Any]:
    return _reader(url).head_object(Bucket=ORIGINAL, Key="a")


@pytest.mark.parametrize(
    "fault",
    [
        Response(503, {}),
        Response(500, {}),
        Response(429, {}),
        None,
    ],
    ids=["503", "500", "429", "closed"],
)
@pytest.mark.parametrize("times", [1, 2])
def test_a_fault_is_tried_again(fault: Response | None, times: int) -> None:
    script = Script(*[fault] * times)
    with served(script) as url:
        assert _head(url)["ETag"] == '"1"'
    assert script.calls == times + 1


def test_a_minute_of_503_is_waited_for_with_jitter() -> None:
    """Each wait is random, and none is longer than the limit."""
    waited: list[float] = []
    script = Script(*[Response(503, {})] * (attempts.MAX_ATTEMPTS - 1))
    with served(script) as url:
        reader = _reader(url)
        reader._attempts.sleep = waited.append
        assert reader.head_object(Bucket=ORIGINAL, Key="a")["ETag"] == '"1"'
    assert len(set(waited)) == attempts.MAX_ATTEMPTS - 1
    assert 0 <= min(waited) <= max(waited) <= attempts.MAX_WAIT_SECONDS


def test_attempts_that_time_out_end_after_minutes() -> None:
    """Each may take a minute; fifteen of them would take a quarter of an hour."""
    passed = 0.0

    def send() -> Response:
        nonlocal passed
        passed += 60
        raise ReadTimeoutError(endpoint_url="https://s3")

    repeated = Attempts(lambda _: None, lambda: passed, reached=True)
    with pytest.raises(ReadTimeoutError):
        repeated.run(send)
    assert 120 <= passed <= attempts.MAX_SECONDS + 60


def test_503_for_ever_is_an_error_that_says_so() -> None:
    script = Script(*[Response(503, {})] * 100)
    with served(script) as url, pytest.raises(ClientError, match="503"):
        _head(url)
    assert script.calls == attempts.MAX_ATTEMPTS


@pytest.mark.parametrize("code", sorted(OVERLOADED | {"RequestTimeout"}))
def test_a_listing_that_s3_refuses_now_is_tried_again(code: str) -> None:
    body = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    refused = [Response(status, {}, REFUSAL % code.encode()) for status in (503, 400)]
    script = Script(*refused, Response(200, {}, body))
    with served(script) as url:
        assert [page.entries for page in _reader(url).objects(RESIZED)] == [[]]
    assert script.calls == 3


def test_nothing_listens() -> None:
    """Three attempts are enough to say so; once S3 was reached, there are more."""
    with served(Script()) as url:
        reader = _reader(url)
    waited: list[float] = []
    reader._attempts.sleep = waited.append
    with pytest.raises(EndpointConnectionError, match="127"):
        reader.head_object(Bucket=ORIGINAL, Key="a")
    assert len(waited) == attempts.MAX_UNREACHED_ATTEMPTS - 1
    reader._attempts.reached = True
    with pytest.raises(EndpointConnectionError):
        reader.head_object(Bucket=ORIGINAL, Key="a")
    assert len(waited) > attempts.MAX_ATTEMPTS


def test_a_refusal_is_not_tried_again() -> None:
    script = Script(Response(403, {}, REFUSAL % b"AccessDenied"))
    with served(script) as url, pytest.raises(ClientError, match="AccessDenied"):
        next(iter(_reader(url).versions(ORIGINAL)))
    assert script.calls == 1


def test_a_wrong_clock_is_corrected_by_the_date_of_a_refusal() -> None:
    """The next requests are signed by S3's clock."""
    sent: list[Request] = []
    ahead = datetime.now(UTC) + timedelta(hours=3)

    def send(request: Request) -> Response:
        sent.append(request)
        date = format_datetime(ahead, usegmt=True)
        return OK if len(sent) > 1 else Response(403, {"date": date})

    reader = BucketReader(
        _client("http://s3"), _session().get_credentials(), send, Attempts(lambda _: 0)
    )
    reader.head_object(Bucket=ORIGINAL, Key="a")
    reader.head_object(Bucket=ORIGINAL, Key="b")
    hours = [one.headers["x-amz-date"][:11] for one in sent]
    assert hours[1] == hours[2] == ahead.strftime("%Y%m%dT%H")
    assert hours[0] != hours[1]


@pytest.mark.parametrize("date", ["", "now", "Fri, 31 Dec 9999 23:59:59 -1200"])
def test_a_refusal_with_the_right_date_or_none_is_one(date: str) -> None:
    now = format_datetime(datetime.now(UTC), usegmt=True)
    script = Script(Response(403, {"date": now if date == "now" else date}))
    with served(script) as url, pytest.raises(ClientError, match="403"):
        _head(url)
    assert script.calls == 1


def test_credentials_are_taken_anew_for_each_request() -> None:
    """An assumed role's are refreshed by botocore while a plan runs."""
    numbers = count(1)
    sent: list[Request] = []

    class Refreshed:
        def get_frozen_credentials(self) -> Any:
            return (
                boto3.Session(f"AKID{next(numbers)}", "s", "t", "eu-west-1")
                .get_credentials()
                .get_frozen_credentials()
            )

    def send(request: Request) -> Response:
        sent.append(request)
        return OK

    refreshed: Any = Refreshed()
    reader = BucketReader(_client("http://s3"), refreshed, send, Attempts())
    for key in "ab":
        reader.head_object(Bucket=ORIGINAL, Key=key)
    used = [one.headers["authorization"].split("=")[1].split("/")[0] for one in sent]
    assert used == ["AKID1", "AKID2"]
    assert {one.headers["x-amz-security-token"] for one in sent} == {"t"}


def test_an_unexplained_400_is_explained_by_a_listing() -> None:
    """A HEAD has no body: S3 is asked in another way why."""
    explained = Response(400, {}, REFUSAL % b"ExpiredToken")
    script = Script(Response(400, {}), explained)
    with served(script) as url, pytest.raises(ClientError, match="ExpiredToken"):
        _head(url)


def test_a_damaged_page_is_an_error() -> None:
    listing = b"<ListBucketResult><IsTruncated>true"
    error = pytest.raises(UnreadablePageError, match="not what S3 sends")
    with served(Script(Response(200, {}, listing))) as url, error:
        list(_reader(url).objects(RESIZED))


def _listing(token: int, *keys: str) -> Response:
    """Return a page that is not the last one."""
    fields = "<Size>1</Size><ETag>1</ETag><LastModified>2026-01-01</LastModified>"
    found = "".join(f"<Contents><Key>{key}</Key>{fields}</Contents>" for key in keys)
    following = f"<NextContinuationToken>{token}</NextContinuationToken>"
    text = f"<IsTruncated>true</IsTruncated>{following}{found}"
    return Response(200, {}, f"<ListBucketResult>{text}</ListBucketResult>".encode())


@pytest.mark.parametrize("length", [1, 2, 7])
def test_pages_that_follow_themselves_are_an_error(length: int) -> None:
    """They may be empty, as those of delete markers are, and the loop of any length."""
    loop = [_listing(number) for number in range(length)]
    script = Script(*(_listing(number) for number in (97, 98, 99)), *(loop * 99))
    error = pytest.raises(UnreadablePageError, match="the same page")
    with served(script) as url, error:
        list(_reader(url).objects(RESIZED))
    assert script.calls < 40


@pytest.mark.parametrize("second", [("a", "b"), ("c", "e", "d")])
def test_keys_that_are_not_in_order_are_an_error(second: tuple[str, ...]) -> None:
    """A merged listing would miss variants, and call them orphans."""
    script = Script(_listing(1, "a", "b", "b", "c"), _listing(2, *second))
    error = pytest.raises(UnreadablePageError, match="not in order")
    with served(script) as url, error:
        list(_reader(url).objects(RESIZED))


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"etag": "1"},
        {"etag": "1", "last-modified": "yesterday"},
        {"etag": "1", "last-modified": "Thu, 01 Jan 1970 00:00:00 GMT"}
        | {"content-length": "many"},
    ],
)
def test_headers_that_s3_does_not_send_are_an_error(headers: dict[str, str]) -> None:
    script = Script(Response(200, headers))
    with served(script) as url, pytest.raises(UnreadableHeadersError) as caught:
        _head(url)
    explained = translate(caught.value)
    assert explained
    assert "are not what S3 sends" in str(explained)


def test_a_body_that_ends_too_early_is_tried_again() -> None:
    body = b"<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>"
    cut = Response(200, {"content-length": "500", "connection": "close"}, body)
    script = Script(cut, Response(200, {}, body))
    with served(script) as url:
        assert [page.entries for page in _reader(url).objects(RESIZED)] == [[]]
    assert script.calls == 2


@pytest.mark.parametrize("status", [301, 307, 400])
def test_a_bucket_that_is_elsewhere_is_asked_for_once(
    status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the number of threads that are redirected."""
    asked: list[str] = []
    there = Address("http", "s3", "/original", "eu-west-3")

    def ask(_client: Any, bucket: str) -> Address:
        asked.append(bucket)
        return there

    monkeypatch.setattr(address, "asked", ask)

    def send(request: Request) -> Response:
        return OK if request.address == there else Response(status, {})

    credentials = _session().get_credentials()
    reader = BucketReader(_client("http://s3"), credentials, send, Attempts())
    with ThreadPoolExecutor(8) as pool:
        heads = [{"Bucket": ORIGINAL, "Key": str(key)} for key in range(50)]
        found = pool.map(lambda call: reader.head_object(**call), heads)
        assert [one["ETag"] for one in found] == ['"1"'] * 50
    assert asked == [ORIGINAL]


def test_a_redirect_to_where_it_was_is_an_error() -> None:
    body = b"<ListBucketResult/>"

    def respond(method: str, _target: str) -> Response:
        return Response(301, {}) if method == "HEAD" else Response(200, {}, body)

    with served(respond) as url, pytest.raises(ClientError, match="301"):
        _head(url)


@pytest.mark.parametrize(
    ("response", "message"),
    [
        (_refusal(403, b"AccessDenied"), "AWS refused ListObjectVersions"),
        (_refusal(400, b"ExpiredToken"), "the AWS credentials have expired"),
        (_refusal(404, b"NoSuchBucket"), "ListObjectVersions failed: why"),
        (Response(200, {}, b"<html/>"), "the listing of original is not what S3"),
        (Response(503, {}), "ListObjectVersions failed: Service Unavailable"),
    ],
)
def test_errors_are_explained_as_those_of_boto3(
    response: Response, message: str
) -> None:
    with served(lambda *_: response) as url, pytest.raises(Exception) as error:  # noqa: PT011 - several types
        list(_reader(url).versions(ORIGINAL))
    failure = translate(error.value)
    assert failure
    assert message in str(failure)


def test_nothing_that_listens_is_explained() -> None:
    with served(Script()) as url:
        reader = _reader(url)
    with pytest.raises(EndpointConnectionError) as error:
        list(reader.versions(ORIGINAL))
    assert f"no connection to {url}" in str(translate(error.value))
