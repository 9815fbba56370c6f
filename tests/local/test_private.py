"""Private images, and pages that read pixels: a stack with every setting of delivery.

CloudFront's stand-in checks signatures in njs; which are admitted, unit tests say.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from local.deployment.checkout import copy_project
from local.stack import running
from tests.support import images
from tests.support.deployed import put, resized
from tests.support.edge_accepts import CHROME
from tests.support.nginx import require_nginx
from tests.support.signing import Signer
from tests.support.viewer import (
    HIT,
    path,
    results,
    upload,
    view,
    view_until,
    wait_for_upload,
)
from tests.support.viewer_keys import pem, private_key, write_pair
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack
    from tests.support.viewer import Response

DOCUMENT = Path(__file__).parents[2] / "docs" / "delivery-access.md"
ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
CONTEXT = {
    "delivery": "true",
    "accessLogs": "true",
    "domainNames": "images.example.com",
    "certificate": f"arn:aws:acm:us-east-1:000000000000:certificate/{ID}",
    "webAcl": f"arn:aws:wafv2:us-east-1:000000000000:global/webacl/photos/{ID}",
    "corsOrigins": "https://example.com,https://*.example.org",
    **dict.fromkeys(("versionedUrls", "queryUrls", "invalidate"), "true"),
}
SIZES: list[Any] = [
    "150x",
    "50x50",
    {"geometry": "140x", "name": "best", "formats": ["webp", "original"]},
    {"geometry": "40x", "formats": ["avif", "webp", "original"], "make": "request"},
]
REFUSED = "Error from cloudfront"
FOR_A_YEAR = "private, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with key pairs."""
    folder = tmp_path_factory.mktemp("keys")
    for number in range(2):
        write_pair(folder, number)
    (folder / "public.pem").write_text(pem(private_key()))
    return folder


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with these sizes."""
    sizes = {"manifest": True, "sizes": SIZES}
    return copy_project(tmp_path_factory.mktemp("private") / "checkout", sizes)


@pytest.fixture(scope="module")
def stack(keys: Path, project: Path) -> Iterator[Stack]:
    require_nginx()
    context = CONTEXT | {"viewerKey": str(keys / "public.pem")}
    with running(context=context, project=project) as started:
        yield started


@pytest.fixture(scope="module")
def photo(stack: Stack) -> str:
    """The path of a variant."""
    return path("150x", upload(stack, images.png(300, 200)))


@pytest.fixture(scope="module")
def signer(stack: Stack) -> Signer:
    return Signer(stack.outputs["ViewerKeyId"])


def _base(stack: Stack) -> str:
    assert stack.edge
    return stack.edge.url


def _signed(stack: Stack, signer: Signer, url: str, seconds: int = 600) -> Response:
    return view(stack, signer.url(_base(stack) + url, seconds)[len(_base(stack)) :])


def _code(response: Response) -> str:
    assert response.status == 403
    assert response.cache == REFUSED
    (code,) = re.findall(rb"<Code>(\w+)</Code>", response.body)
    return str(code, "ascii")


def test_a_signed_url_is_served_until_it_expires(
    stack: Stack, signer: Signer, photo: str
) -> None:
    response = _signed(stack, signer, photo)
    assert (response.status, response.headers["content-type"]) == (200, "image/png")
    assert _signed(stack, signer, f"{photo}?v=1").status == 200
    assert _code(_signed(stack, signer, photo, seconds=-1)) == "AccessDenied"
    view_until(
        stack,
        signer.url(_base(stack) + photo, 2)[len(_base(stack)) :],
        lambda response: response.status == 403,
    )


def test_other_requests_are_refused(stack: Stack, signer: Signer, photo: str) -> None:
    url = _base(stack) + photo
    query = signer.url(url).partition("?")[2]
    policy = signer.query(signer.policy(f"{url}*"))
    changed = signer.query(signer.policy("*")).partition("&")[0]
    for request, code in {
        photo: "MissingKey",
        f"{photo}?v=1": "MissingKey",
        f"{photo}.png?{query}": "AccessDenied",
        f"{photo}?v=1&{query}": "AccessDenied",
        f"{photo}?{Signer('K0').url(url).partition('?')[2]}": "InvalidKey",
        f"{photo}?{Signer(signer.key_id, 1).url(url).partition('?')[2]}": (
            "AccessDenied"
        ),
        f"{photo}?{query.replace('Expires=1', 'Expires=2')}": "AccessDenied",
        f"{photo}?{changed}&{policy.partition('&')[2]}": "AccessDenied",
        f"/?{query}": "AccessDenied",
        "/": "MissingKey",
        "/999x/a.png": "MissingKey",
    }.items():
        assert _code(view(stack, request)) == code, request
    assert view(stack, f"{photo}?{policy}").status == 200


def test_cookies_admit_to_a_folder(stack: Stack, signer: Signer, photo: str) -> None:
    folder = {"Cookie": signer.cookies(signer.policy(f"{_base(stack)}/150x/*"))}
    assert view(stack, photo, headers=folder).status == 200
    other = photo.replace("150x", "50x50")
    assert _code(view(stack, other, headers=folder)) == "AccessDenied"
    both = view(stack, f"{other}?Key-Pair-Id=K0", headers=folder)
    assert _code(both) == "InvalidKey"


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_no_method_is_served_without_a_signature(
    stack: Stack, photo: str, method: str
) -> None:
    response = view(stack, photo, method)
    assert response.status == 403
    assert b"PNG" not in response.body


def test_nothing_is_made_for_an_unsigned_request(stack: Stack, signer: Signer) -> None:
    """Nor does it say whether there is an image."""
    key = upload(stack, images.png(40, 30))
    stack.s3().delete_object(Bucket=stack.resized, Key=f"150x/{key}")
    missing = path("150x", str(uuid4()))
    unsigned = [view(stack, one) for one in (path("150x", key), missing)]
    assert [_code(one) for one in unsigned] == ["MissingKey"] * 2
    assert unsigned[0].body == unsigned[1].body
    assert results(stack, key) == []
    assert "150x" not in resized(stack, key)
    assert _signed(stack, signer, path("150x", key)).status == 200
    assert results(stack, key) == ["made"]
    absent = _signed(stack, signer, missing)
    assert (absent.status, absent.body) == (404, b"not-found\n")


def test_all_signatures_share_the_cache(
    stack: Stack, signer: Signer, photo: str
) -> None:
    """What one viewer was refused, or got, is not kept for others."""
    assert _signed(stack, signer, photo).status == 200
    for seconds in (60, 61, 62):
        assert _signed(stack, signer, photo, seconds).cache == HIT
    assert _code(view(stack, photo)) == "MissingKey"
    assert _signed(stack, signer, photo).cache == HIT


def test_refusals_have_the_security_headers(stack: Stack, photo: str) -> None:
    headers = view(stack, photo).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://example.com", True),
        ("https://a.example.org", True),
        ("https://example.com.evil.example", False),
        ("https://evil.example/https://example.com", False),
        ("http://example.com", False),
        ("https://example.org", False),
        ("https://aXexample.org", False),
        ("null", False),
        ("", False),
    ],
)
def test_pages_of_some_origins_read_pixels(
    stack: Stack, signer: Signer, photo: str, origin: str, allowed: object
) -> None:
    """Also of a cached response, whoever had it cached."""
    url = signer.url(_base(stack) + photo)[len(_base(stack)) :]
    response = view(stack, url, headers={"Origin": origin} if origin else {})
    assert response.status == 200
    found = response.headers.get("access-control-allow-origin")
    assert found == (origin if allowed else None)
    assert response.headers["vary"] == "Origin"


# The signers in docs/delivery-access.md


def _example(language: str, stack: Stack) -> str:
    section = DOCUMENT.read_text().partition("\n## Private images\n")[2]
    (code,) = re.findall(
        rf"```{language}\n(.*?)```", section.partition("\n## ")[0], re.DOTALL
    )
    assert "K2JCJMDEHXQW5F" in code
    return str(code.replace("K2JCJMDEHXQW5F", stack.outputs["ViewerKeyId"]))


def _python(stack: Stack, url: str, folder: Path) -> Any:
    program = (
        f"{_example('python', stack)}\nimport json, sys\n"
        "url, resource = sys.argv[1:]\n"
        "print(json.dumps([signed_url(url), signed_cookies(resource)]))\n"
    )
    return _run([sys.executable, "-c", program], url, folder)


def _javascript(stack: Stack, url: str, folder: Path) -> Any:
    node = shutil.which("node")
    if not node:
        pytest.skip("Node is missing: install it to sign in JavaScript")
    (folder / "sign.mjs").write_text(
        f"{_example('js', stack)}\nconst [url, resource] = process.argv.slice(2);\n"
        "console.log(JSON.stringify([signedUrl(url), signedCookies(resource)]));\n"
    )
    return _run([node, "sign.mjs"], url, folder)


def _run(command: list[str], url: str, folder: Path) -> Any:
    """What the program signs: a URL, and cookies for all URLs like it."""
    done = subprocess.run(
        [*command, url, url[:-3] + "*"],
        cwd=folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return json.loads(done.stdout)


@pytest.fixture
def application(keys: Path, tmp_path: Path) -> Path:
    """A folder with the private key, as the examples have it."""
    shutil.copyfile(keys / "private-0.pem", tmp_path / "private.pem")
    return tmp_path


@pytest.mark.parametrize("run", [_python, _javascript])
@pytest.mark.parametrize("query", ["", "?v=1"])
def test_the_signers_of_the_documents(
    stack: Stack, photo: str, application: Path, run: Any, query: str
) -> None:
    base = _base(stack)
    url, cookies = run(stack, f"{base}{photo}{query}", application)
    assert view(stack, url[len(base) :]).status == 200
    assert _code(view(stack, url[len(base) :] + "&v=2")) == "AccessDenied"
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    assert view(stack, photo + query, headers={"Cookie": header}).status == 200
    other = view(stack, "/150x/other.png", headers={"Cookie": header})
    assert _code(other) == "AccessDenied"


def test_the_command_signs_urls(stack: Stack, photo: str, keys: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "resize_on_upload_cli.cli",
        "urls",
        photo.removeprefix("/150x/"),
    ]
    signed = [*command, "--json", "--sign-with", str(keys / "private-0.pem")]
    environment = {**os.environ, **stack.environment()}
    done = subprocess.run(
        signed, check=True, env=environment, capture_output=True, text=True
    )
    urls = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["status"] for one in urls] == [200] * len(urls)
    done = subprocess.run(
        command, check=False, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout.count("403     error") == len(urls) >= len(SIZES)
    assert "serves signed URLs only" in done.stderr


def test_a_signature_is_for_the_path_that_the_viewer_sees(
    stack: Stack, signer: Signer, photo: str
) -> None:
    """Whatever format the edge function chooses; each by its own URL needs its own."""
    url = signer.url(_base(stack) + photo.replace("150x", "best"))[len(_base(stack)) :]
    for accept, kind in {"image/webp": "image/webp", "*/*": "image/png"}.items():
        response = view(stack, url, headers={"Accept": accept})
        assert (response.status, response.headers["content-type"]) == (200, kind)
    assert _code(view(stack, url.replace("/best/", "/best.webp/"))) == "AccessDenied"


def _in_manifest(stack: Stack, signer: Signer, key: str) -> str:
    """The URL of a size that is made on request, without the domain."""
    response = _signed(stack, signer, f"/manifest/{key}.json?v={uuid4().hex[:8]}")
    listed = {one["name"]: one["url"] for one in json.loads(response.body)["variants"]}
    return str(listed["40x"]).removeprefix("https://images.example.com")


@pytest.mark.parametrize(
    ("accept", "kind"),
    [(CHROME, "avif"), ("image/webp", "webp"), ("*/*", "png"), ("image/avif", "avif")],
)
def test_all_settings_together(
    stack: Stack, signer: Signer, accept: str, kind: str
) -> None:
    """Signed, negotiated, of a version, made on request; then replaced."""
    key = upload(stack, images.noise(120))
    url = _in_manifest(stack, signer, key)
    version = url.partition("?")[2]

    def get(url: str, method: str = "GET", **headers: str) -> Response:
        whole = _base(stack) + url
        more = {"Accept": accept, **headers}
        return view(stack, signer.url(whole)[len(_base(stack)) :], method, more)

    first = get(url)
    assert (first.status, first.headers["content-type"]) == (200, f"image/{kind}")
    assert results(stack, key) == ["made"]
    assert first.headers["cache-control"] == FOR_A_YEAR
    assert not [name for name in first.headers if "meta" in name]
    by_query = f"/{key}?w=40&{version}"
    for again in (url, by_query, f"{by_query}&f={kind}"):
        if again.endswith("=png"):
            continue
        response = get(again)
        assert (response.cache, response.entity) == (HIT, first.entity)
    head = get(url, "HEAD")
    assert (head.cache, head.headers["cache-control"]) == (HIT, FOR_A_YEAR)
    unchanged = get(url, **{"If-None-Match": first.headers["etag"]})
    assert (unchanged.status, unchanged.body) == (304, b"")
    assert _code(view(stack, url)) == "MissingKey"
    put(stack, key, images.png(60, 60))
    wait_for_upload(stack, key, 2)
    changed = _in_manifest(stack, signer, key)
    assert changed != url
    assert get(changed).headers["cache-control"] == FOR_A_YEAR
    wait_for(lambda: get(url).entity[0] != first.body, lambda: "caches keep the image")
    assert get(url).headers["cache-control"] != FOR_A_YEAR


def test_a_key_is_changed_without_a_gap(
    stack: Stack, signer: Signer, photo: str, keys: Path, project: Path
) -> None:
    """Last, as it changes the deployment: the new key first, then the old one."""
    before = signer.url(_base(stack) + photo)[len(_base(stack)) :]
    (keys / "public.pem").write_text(pem(private_key(1)) + pem(private_key()))
    stack.redeploy(project)
    ids = {one["Id"] for one in _keys(stack)}
    (new,) = ids - {signer.key_id}
    assert view(stack, before).status == 200
    assert _signed(stack, Signer(new, 1), photo).status == 200
    (keys / "public.pem").write_text(pem(private_key(1)))
    stack.redeploy(project)
    assert _code(view(stack, before)) == "InvalidKey"
    assert _signed(stack, Signer(new, 1), photo).status == 200


def _keys(stack: Stack) -> list[dict[str, Any]]:
    client = stack.cloud.client("cloudfront")
    return list(client.list_public_keys()["PublicKeyList"]["Items"])
