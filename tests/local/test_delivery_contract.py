"""What viewers cannot do, and what responses do not reveal."""

from __future__ import annotations

import http.client
import ssl
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit
from uuid import uuid4

import pytest

from tests.support import images
from tests.support.deployed import put, resized
from tests.support.edge_paths import PATHS
from tests.support.viewer import (
    HIT,
    MISS,
    REFUSED_AT_THE_EDGE,
    path,
    results,
    view,
    view_until,
    wait_for_upload,
)

if TYPE_CHECKING:
    from local.stack import Stack

SECRET = b"nobody may read this original"


@pytest.fixture(scope="module")
def photo(delivery_stack: Stack) -> str:
    """The key of an original, resized."""
    key = f"{uuid4()}.png"
    put(delivery_stack, key, images.png(40, 30), Metadata={"author": "Ada"})
    wait_for_upload(delivery_stack, key)
    return key


@pytest.mark.parametrize("url", PATHS, ids=lambda url: url[:24])
def test_the_edge_function_decides_the_same_in_njs(
    delivery_stack: Stack, url: str
) -> None:
    """CloudFront's engine is one of its kind; the unit tests use Node."""
    response = view(delivery_stack, url)
    refused = response.status == 404 and response.cache == REFUSED_AT_THE_EDGE
    malformed = response.status == 400  # nginx does not even ask the function
    assert (refused or malformed) != PATHS[url]
    if refused:
        assert response.body == b"not-found\n"


def test_only_configured_sizes_are_made(delivery_stack: Stack, photo: str) -> None:
    """No geometry of a viewer's own, and no size that this key does not get."""
    before = resized(delivery_stack, photo)
    unknown = ("151x", "1x1", "150x!", "150X", "150x.webp", "avatar", "large")
    for size in unknown:
        for query in ("", "?w=151", "?width=151&height=3"):
            response = view(delivery_stack, path(size, photo) + query)
            assert (response.status, response.body) == (404, b"not-found\n")
    assert resized(delivery_stack, photo) == before
    assert results(delivery_stack, photo) == []


@pytest.mark.parametrize(
    "url",
    [
        *("/", "/?list-type=2", "/?prefix=", "/150x", "/150x/", "/150x/?list-type=2"),
        *("/manifest/", "/%2F", "/150x/%2F", "/?acl", "/?policy", "//", "/."),
    ],
)
def test_root_lists_nothing(delivery_stack: Stack, photo: str, url: str) -> None:
    response = view(delivery_stack, url)
    assert response.status == 404
    assert photo.encode() not in response.body
    assert delivery_stack.resized.encode() not in response.body


def test_no_path_reaches_an_original(delivery_stack: Stack) -> None:
    """Neither as an image nor as what it is, by any name of its bucket."""
    key, bucket = f"{uuid4()}.txt", delivery_stack.original
    put(delivery_stack, key, SECRET)
    wait_for_upload(delivery_stack, key)
    version = delivery_stack.s3().head_object(Bucket=bucket, Key=key)["VersionId"]
    paths = [
        *(f"/{key}", f"/{bucket}/{key}", f"/150x/../{key}", f"/150x/..%2F{key}"),
        *(f"/150x/%2e%2e/{key}", f"/150x/../../{bucket}/{key}", f"/150x/{key}"),
        *(f"/300x/{key}", f"/300x//{key}", f"/original/{key}", f"/manifest/{key}.json"),
        *(f"/150x/{key}?versionId={version}", f"/{bucket}/{key}?versionId={version}"),
        *(
            f"/150x/https://{bucket}.s3.amazonaws.com/{key}",
            f"/150x/s3://{bucket}/{key}",
        ),
    ]
    hosts = (None, bucket, f"{bucket}.s3.amazonaws.com", "s3.amazonaws.com")
    for url in paths:
        for host in hosts:
            headers = {"Host": host, "X-Forwarded-Host": host} if host else {}
            response = view(delivery_stack, url, headers=headers)
            assert response.status in (400, 404), url
            assert SECRET not in response.body


def _status_at(url: str, stack: Stack) -> int:
    """The status of an unsigned GET, for any of the cloud's host names."""
    place, target = urlsplit(stack.cloud.endpoint).netloc, urlsplit(url)
    trusted = ssl.create_default_context(cafile=str(stack.cloud.certificate))
    connection = http.client.HTTPSConnection(place, context=trusted)
    with closing(connection):
        connection.request("GET", target.path, headers={"Host": target.netloc})
        return connection.getresponse().status


def test_unsigned_calls_are_refused(delivery_stack: Stack, photo: str) -> None:
    """Past the edge there is nothing for the public: no function, no bucket."""
    name = delivery_stack.outputs["OnRequestFunctionName"]
    client = delivery_stack.cloud.client("lambda")
    function = client.get_function_url_config(FunctionName=name)["FunctionUrl"]
    endpoint = delivery_stack.cloud.endpoint
    for url in (
        f"{function}300x/{quote(photo)}",
        f"{endpoint}/{delivery_stack.resized}/150x/{quote(photo)}",
        f"{endpoint}/{delivery_stack.original}/{quote(photo)}",
        f"{endpoint}/{delivery_stack.resized}/",
    ):
        assert _status_at(url, delivery_stack) == 403, url
    assert results(delivery_stack, photo) == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_writing_is_refused(delivery_stack: Stack, photo: str, method: str) -> None:
    for url in (path("150x", photo), path("300x", f"new-{photo}"), "/"):
        assert view(delivery_stack, url, method).status == 403
    assert list(resized(delivery_stack, f"new-{photo}")) == []
    assert "150x" in resized(delivery_stack, photo)


@pytest.mark.parametrize("size", ["150x", "asked"])
def test_no_header_tells_of_the_original(
    delivery_stack: Stack, photo: str, size: str
) -> None:
    """Not its version, nor how it was made, nor which bucket it is in."""
    for query in ("", "?v=1", "?v=1"):
        response = view(delivery_stack, path(size, photo) + query)
        assert response.status == 200
        names = {name for name in response.headers if name.startswith("x-amz")}
        # As carryOver names it; and a random id, which CloudFront cannot remove.
        assert names <= {"x-amz-meta-author", "x-amzn-requestid"}
        assert delivery_stack.resized not in " ".join(response.headers.values())


def test_security_headers(delivery_stack: Stack, photo: str) -> None:
    """Also of refusals: nothing may run, and every page may show the image."""
    for url in (path("150x", photo), path("300x", "none.jpg"), "/", "/150x/"):
        headers = view(delivery_stack, url, headers={"Origin": "https://a.b"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert headers["cross-origin-resource-policy"] == "cross-origin"
        assert headers["strict-transport-security"].startswith("max-age=")
    for url in (path("150x", photo), path("asked", photo)):
        response = view(delivery_stack, url, headers={"Origin": "https://a.b"})
        assert response.headers["access-control-allow-origin"] == "*"


def test_v_is_the_only_query_in_the_cache_key(
    delivery_stack: Stack, photo: str
) -> None:
    """Whatever else a link has, it is neither kept apart nor passed on."""
    url = path("150x", photo)
    view_until(delivery_stack, f"{url}?v=a", lambda one: one.cache == HIT)
    same = ("?v=a&utm=1", "?utm=1&v=a", "?response-content-type=text/html&v=a")
    for query in same:
        response = view(delivery_stack, url + query)
        assert (response.cache, response.headers["content-type"]) == (HIT, "image/png")
    for query in ("?v=b", "?v="):
        assert view(delivery_stack, url + query).cache == MISS
    for query in ("?versionId=none", "?acl", "?partNumber=3", "?attributes"):
        assert view(delivery_stack, url + query).entity == response.entity


def test_headers_do_not_poison_the_cache(delivery_stack: Stack, photo: str) -> None:
    """What is not in the key must not change the answer that others get."""
    clean = view(delivery_stack, path("150x", photo))
    odd = {
        "Range": "bytes=0-3",
        "Accept": "text/html",
        "Accept-Encoding": "gzip, br",
        "X-Forwarded-Host": "evil.example",
        "X-Original-URL": "/admin",
        "Authorization": "Bearer x",
        "If-Modified-Since": "Wed, 25 Nov 2096 21:00:00 GMT",
        "If-Match": '"other"',
        "Cookie": "a=b",
    }
    for number, (name, value) in enumerate(odd.items()):
        url = path("150x", photo) + f"?v=poison{number}"
        view(delivery_stack, url, headers={name: value})
        assert view(delivery_stack, url).entity == clean.entity, name
