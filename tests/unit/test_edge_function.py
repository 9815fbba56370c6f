"""The CloudFront Function, run by Node; tests/local runs it in njs."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import MAX_SIZES
from resize_on_upload_cdk.configuration.settings import ConfigurationError
from resize_on_upload_cdk.delivery.edge_function import MAX_BYTES, code, response_code
from tests.support.edge_accepts import ACCEPT_SIZES, ACCEPTS, CHROME
from tests.support.edge_paths import EDGE_SIZES, PATHS

if TYPE_CHECKING:
    from resize_on_upload.sizes.size import Size

SIZES = parse(EDGE_SIZES)
NEGOTIATED = parse(ACCEPT_SIZES)


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


def _uris(uri: str, *accepts: str | None) -> list[str]:
    """Where a request with each Accept header is led."""
    headers = [
        {} if accept is None else {"accept": {"value": accept}} for accept in accepts
    ]
    request = f"{{request: {{uri: {json.dumps(uri)}, method: 'GET', headers}}}}"
    return list(
        _run(
            f"{json.dumps(headers)}.map(headers => handler({request}).uri)",
            code(NEGOTIATED),
        )
    )


def test_the_best_accepted_format_is_chosen() -> None:
    found = _uris("/150x/a/photo.jpg", *ACCEPTS)
    for accept, uri in zip(ACCEPTS, found, strict=True):
        ending = f".{ACCEPTS[accept]}" if ACCEPTS[accept] else ""
        assert uri == f"/150x{ending}/a/photo.jpg", accept[:80]


def test_without_an_accept_header_it_is_the_fallback() -> None:
    assert _uris("/150x/photo.jpg", None) == ["/150x/photo.jpg"]


@pytest.mark.parametrize(
    ("uri", "led_to"),
    [
        ("/50x/photo.jpg", "/50x.webp/photo.jpg"),
        ("/x150/photo.jpg", "/x150.webp/photo.jpg"),
        ("/20x/photo.jpg", "/20x/photo.jpg"),
        ("/%3150x/a%20b+c.jpg", "/150x.avif/a%20b+c.jpg"),
        ("/150x//photo.jpg", "/150x.avif//photo.jpg"),
        ("/150x.avif/photo.jpg", "/150x.avif/photo.jpg"),
        ("/150x.webp/photo.jpg", "/150x.webp/photo.jpg"),
    ],
)
def test_only_sizes_with_formats_are_negotiated(uri: str, led_to: str) -> None:
    """And a sibling that is asked for by its own name is not; ties follow the list."""
    assert _uris(uri, CHROME) == [led_to]


@pytest.mark.parametrize(
    "uri", ["/151x/a.jpg", "/150x", "/150x/", "/", "/constructor/a", "/x150.avif/a"]
)
def test_nothing_else_is_led_anywhere(uri: str) -> None:
    assert _uris(uri, CHROME) == [None]


def test_several_accept_headers_are_one() -> None:
    both = [{"value": "image/webp"}, {"value": "image/avif"}]
    headers = json.dumps({"accept": {"value": "image/webp", "multiValue": both}})
    request = f"{{request: {{uri: '/150x/a', method: 'GET', headers: {headers}}}}}"
    assert _run(f"handler({request}).uri", code(NEGOTIATED)) == "/150x.avif/a"


@pytest.mark.parametrize(
    ("before", "after"), [(None, "Accept"), ("Origin", "Origin, Accept")]
)
def test_responses_vary_by_accept(before: str | None, after: str) -> None:
    headers = {"vary": {"value": before}} if before else {}
    event = {
        "request": {"uri": "/150x/a", "querystring": {}},
        "response": {"statusCode": 200, "headers": headers},
    }
    for versioned in (False, True):
        loaded = response_code(NEGOTIATED, versioned=versioned)
        found = _run(f"handler({json.dumps(event)})", loaded)
        assert found == {"statusCode": 200, "headers": {"vary": {"value": after}}}


def test_without_formats_and_versions_nothing_runs_after_the_cache() -> None:
    assert response_code(SIZES) == ""
    assert "vary" not in response_code(SIZES, versioned=True)


QUERIES = {
    "w=150": "/150x.avif/a/photo.jpg",
    "h=150": "/x150.webp/a/photo.jpg",
    "w=40&h=30": "/exact/a/photo.jpg",
    "w=30&h=30": "/square/a/photo.jpg",
    "w=20": "/20x/a/photo.jpg",
    "w=150&f=webp": "/150x.webp/a/photo.jpg",
    "w=150&f=avif&v=1": "/150x.avif/a/photo.jpg",
    "w=150&h=&f=": "/150x.avif/a/photo.jpg",
    "w=50&f=jpg": "/50x/a/photo.jpg",
    "w=50&f=jpeg": "/50x/a/photo.jpg",
    "w=20&f=jpeg": "/20x/a/photo.jpg",
    **dict.fromkeys(
        (
            *("w=151", "w=150&h=1", "w=30", "h=30", "w=0150", "w=150.0", "w=+150"),
            *("w=150px", "w=%31", "w=constructor", "w=__proto__", "w=", "w=150&w=150"),
            *("w=150&f=png", "w=150&f=original", "w=20&f=webp", "w=150&f=AVIF"),
            *("w=150&f=constructor", "w=150&f=webp&f=webp", "w=150x", "h=x150"),
            *("w=25", "w=60", "w=70"),
        )
    ),
}
BY_QUERY = parse(
    json.dumps(
        {
            "manifest": True,
            "sizes": [
                {"geometry": "150x", "formats": ["avif", "webp", "original"]},
                {"geometry": "x150", "formats": ["webp", "png"]},
                {"geometry": "50x", "formats": ["avif", "jpeg"]},
                {"geometry": "20x>", "name": "20x", "format": "jpeg"},
                {"geometry": "40x30!", "name": "exact"},
                {"geometry": "30x30^", "name": "square", "crop": True},
                {"geometry": "25%", "name": "25"},
                {"geometry": "60x<", "name": "60"},
                {"geometry": "70x70^", "name": "70"},
            ],
        }
    )
)


def _query(text: str) -> dict[str, Any]:
    """A query as CloudFront passes it to its functions."""
    found: dict[str, Any] = {}
    for name, _, value in (one.partition("=") for one in text.split("&")):
        if name in found:
            both = [{"value": found[name]["value"]}, {"value": value}]
            found[name] = {"value": value, "multiValue": both}
        else:
            found[name] = {"value": value}
    return found


def test_a_query_leads_to_the_size_of_its_dimensions() -> None:
    requests = [
        {
            "uri": "/a/photo.jpg",
            "method": "GET",
            "querystring": _query(text),
            "headers": {"accept": {"value": CHROME}},
        }
        for text in QUERIES
    ]
    expression = f"{json.dumps(requests)}.map(request => handler({{request}}).uri)"
    found = _run(expression, code(BY_QUERY, by_query=True))
    for (text, expected), uri in zip(QUERIES.items(), found, strict=True):
        assert uri == expected, text


@pytest.mark.parametrize(
    ("uri", "query", "led_to"),
    [
        ("/150x/photo.jpg", "v=1&x=2", "/150x/photo.jpg"),
        ("/150x/photo.jpg", "f=webp", "/150x/photo.jpg"),
        ("/photo.jpg", "f=webp", None),
        ("/", "w=150", None),
        ("/folder/", "w=150", None),
        ("/150x/photo.jpg", "w=50", "/50x/150x/photo.jpg"),
        ("/a%20b+c.jpg", "w=150", "/150x/a%20b+c.jpg"),
        ("//photo.jpg", "w=150", "/150x//photo.jpg"),
        ("/" + "k" * 1_024, "w=150", None),
    ],
)
def test_with_a_query_the_path_is_the_key(
    uri: str, query: str, led_to: str | None
) -> None:
    request = {"uri": uri, "querystring": _query(query), "headers": {}}
    expression = f"handler({{request: {json.dumps(request)}}}).uri || null"
    assert _run(expression, code(BY_QUERY, by_query=True)) == led_to


def test_a_sibling_whose_key_is_too_long_is_not_chosen() -> None:
    key = "k" * (1_024 - len("150x/"))
    assert _uris(f"/150x/{key}", CHROME) == [f"/150x/{key}"]
    assert _uris(f"/150x/{key[5:]}", CHROME) == [f"/150x.avif/{key[5:]}"]


def test_without_formats_the_code_is_the_same_as_ever() -> None:
    """The step is not in it, so a new version changes nothing that is deployed."""
    assert "accept" not in code(SIZES)
    assert "negotiate(event.request)" in code(NEGOTIATED)


def test_edge_function_stays_below_its_limit() -> None:
    names = [f"{n:02}{'x' * 62}" for n in range(MAX_SIZES)]
    entries = [{"geometry": "150x", "name": name} for name in names]
    sizes = parse(json.dumps({"manifest": True, "sizes": entries}))
    assert len(code(sizes, versioned=True).encode()) <= MAX_BYTES
    text = code(_as_many_as_possible(), versioned=True, by_query=True)
    assert len(text.encode()) <= MAX_BYTES


def test_names_that_are_too_long_for_it_are_a_mistake() -> None:
    """Without it, CloudFormation would find out while it deploys."""
    with pytest.raises(ConfigurationError, match=r"queryUrls.* shorten the names") as e:
        code(_named(64), versioned=True, by_query=True)
    (excess,) = re.findall(r"([\d,]+) characters too long", str(e.value))
    left = 64 - -(-int(excess.replace(",", "")) // (2 * 48))
    for length in (64, left):
        text = code(_named(length), versioned=True, by_query=length < 64)
        assert len(text.encode()) <= MAX_BYTES


def _named(length: int) -> tuple[Size, ...]:
    """Fifty sizes, two of which are of one with formats."""
    entries = [
        {"geometry": f"{n}x", "name": str(n).ljust(length, "x")} for n in range(1, 49)
    ]
    first = {"geometry": "60x", "formats": ["webp", "jpeg"]}
    sizes = parse(json.dumps({"sizes": [first, *entries]}))
    assert len(sizes) == MAX_SIZES
    return sizes


def _as_many_as_possible() -> tuple[Size, ...]:
    """Fifty sizes with the longest names, in three formats each."""
    entries = [
        {"geometry": f"{n}x", "name": f"{n:02}{'x' * 57}"}
        for n in range(1, 1 + MAX_SIZES // 3)
    ]
    more = [
        {"geometry": f"{n}x", "name": f"{n:02}{'x' * 62}", "format": "png"}
        for n in range(50, 50 + MAX_SIZES % 3)
    ]
    formats = {"formats": ["avif", "webp", "jpeg"], "sizes": [*entries, *more]}
    sizes = parse(json.dumps(formats))
    assert len(sizes) == MAX_SIZES
    return sizes


def test_comments_are_not_deployed() -> None:
    for text in (
        code(SIZES),
        code(NEGOTIATED, versioned=True, by_query=True),
        response_code(NEGOTIATED, versioned=True),
    ):
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
    found = _run(f"handler({json.dumps(event)})", response_code(SIZES, versioned=True))
    assert found["headers"] == {
        "cache-control": {"value": expected},
        "etag": {"value": "e"},
    }


def test_only_the_browser_keeps_a_private_image_for_a_year() -> None:
    """A proxy would send it to viewers whose cookies admit them to nothing."""
    version = {"value": "0123abcd"}
    headers = {"x-amz-meta-version": version, "cache-control": {"value": SHORT}}
    event = {
        "request": {"querystring": {"v": version}},
        "response": {"statusCode": 200, "headers": headers},
    }
    loaded = response_code(SIZES, versioned=True, private=True)
    found = _run(f"handler({json.dumps(event)})", loaded)
    expected = {"value": FOR_A_YEAR.replace("public", "private")}
    assert found["headers"] == {"cache-control": expected}
