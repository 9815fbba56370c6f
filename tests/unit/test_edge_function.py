"""The CloudFront Function, run by Node; tests/local runs it in njs."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from resize_on_upload.sizes.parser import MAX_SIZES, parse
from stacks.delivery.edge_function import MAX_BYTES, code, response_code
from tests.support.edge_paths import EDGE_SIZES, PATHS

SIZES = parse(EDGE_SIZES)


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, object]]:
    paths = json.dumps(list(PATHS))
    found = _run(f"{paths}.map(uri => handler({{request: {{uri, method: 'GET'}}}}))")
    return dict(zip(PATHS, found, strict=True))


def _run(expression: str, loaded: str = code(SIZES)) -> Any:
    """The value of a JavaScript expression, with the deployed code loaded."""
    node = shutil.which("node")
    if not node:
        pytest.skip("Node is missing: install it to run the edge function")
    script = f"{loaded}\nconsole.log(JSON.stringify({expression}))"
    done = subprocess.run(
        [node, "-"], input=script, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:24])
def test_only_variants_reach_the_cache(
    path: str, answers: dict[str, dict[str, object]]
) -> None:
    if PATHS[path]:
        assert answers[path] == {"uri": path, "method": "GET"}
    else:
        assert answers[path]["statusCode"] == 404
        assert answers[path]["body"] == {"encoding": "text", "data": "not-found\n"}


def test_preflight_requests_have_no_image_made() -> None:
    answer = _run("handler({request: {uri: '/150x/photo.jpg', method: 'OPTIONS'}})")
    assert answer["statusCode"] == 204
    assert answer["headers"]["allow"] == {"value": "GET, HEAD, OPTIONS"}


def test_edge_function_stays_below_its_limit() -> None:
    names = [f"{n:02}{'x' * 62}" for n in range(MAX_SIZES)]
    entries = [{"geometry": "150x", "name": name} for name in names]
    sizes = parse(json.dumps({"manifest": True, "sizes": entries}))
    assert len(code(sizes, versioned=True).encode()) <= MAX_BYTES


def test_comments_are_not_deployed() -> None:
    for text in (code(SIZES), code(SIZES, versioned=True), response_code()):
        assert "//" not in text.replace("https://", "").replace("// not UTF-8", "")


KEPT = ["0", "7", "0123abcd", "ffffffff"]
DROPPED = ["", "123456789", "ABCDEF01", "1234567g", "1 2", "0x12", "%31", "..", "-1"]


def test_only_possible_versions_stay_in_the_cache_key() -> None:
    """Other values would fill the cache with copies of one image."""
    values = json.dumps([*KEPT, *DROPPED])
    found = _run(
        f"{values}.map(value => handler({{request: {{uri: '/150x/a.jpg', "
        "querystring: {v: {value}, w: {value: '1'}}}}).querystring.v)",
        code(SIZES, versioned=True),
    )
    assert found == [*({"value": one} for one in KEPT), *[None] * len(DROPPED)]


@pytest.mark.parametrize("query", ["{}", "{V: {value: '1'}}"])
def test_a_url_may_have_no_version(query: str) -> None:
    expression = f"handler({{request: {{uri: '/150x/a.jpg', querystring: {query}}}}})"
    found = _run(expression, code(SIZES, versioned=True))
    assert found["uri"] == "/150x/a.jpg"


def test_two_versions_are_none() -> None:
    two = "{value: '1', multiValue: [{value: '1'}, {value: '2'}]}"
    expression = (
        f"handler({{request: {{uri: '/150x/a.jpg', querystring: {{v: {two}}}}}}})"
    )
    found = _run(expression, code(SIZES, versioned=True))
    assert found["querystring"] == {}


SHORT = "public, max-age=300"
FOR_A_YEAR = "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    ("asked", "version", "cache_control", "expected"),
    [
        ("0123abcd", "0123abcd", SHORT, FOR_A_YEAR),
        ("0123abcd", "0123abcd", None, FOR_A_YEAR),
        # Replaced meanwhile, or not yet; or written before the setting was on.
        ("0123abcd", "4567abcd", SHORT, SHORT),
        ("0123abcd", None, SHORT, SHORT),
        (None, "0123abcd", SHORT, SHORT),
        ("0", "0123abcd", SHORT, SHORT),
        # What an uploader forbids to share stays so.
        ("0123abcd", "0123abcd", "private, max-age=60", "private, max-age=60"),
        ("0123abcd", "0123abcd", "no-store", "no-store"),
        ("0123abcd", "0123abcd", "No-Cache", "No-Cache"),
    ],
)
def test_only_the_right_version_is_kept_for_a_year(
    asked: str | None, version: str | None, cache_control: str | None, expected: str
) -> None:
    given = {"x-amz-meta-version": version, "cache-control": cache_control}
    headers = {name: {"value": one} for name, one in given.items() if one}
    event = {
        "request": {"querystring": {"v": {"value": asked}} if asked else {}},
        "response": {"statusCode": 200, "headers": {**headers, "etag": {"value": "e"}}},
    }
    found = _run(f"handler({json.dumps(event)})", response_code())
    assert found["headers"] == {
        "cache-control": {"value": expected},
        "etag": {"value": "e"},
    }
