"""What the stand-in of CloudFront admits, run by Node; tests/local runs it in njs."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from local.delivery import signed_only
from tests.support.signing import Signer
from tests.support.viewer_keys import pem, private_key

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://images.example.com/150x/a%20b.jpg"
SIGNER, OTHER, UNKNOWN = Signer("K1"), Signer("K1", 1), Signer("K3")
SECOND = Signer("K2", 1)
KEYS = {"K1": pem(private_key()), "K2": pem(private_key(1))}


def _request(query: str = "", cookies: str = "", **more: Any) -> dict[str, Any]:
    plain = {"url": URL, "query": query, "cookies": cookies}
    return {**plain, "address": "192.0.2.7", "seconds": time.time(), **more}


def _canned(signer: Signer = SIGNER, url: str = URL, seconds: int = 600) -> str:
    return "Expires=" + signer.url(url, seconds).partition("Expires=")[2]


def _custom(resource: str = URL, **more: Any) -> str:
    return SIGNER.query(SIGNER.policy(resource, **more))


def _statement(**changes: Any) -> str:
    statement = {
        "Resource": URL,
        "Condition": {"DateLessThan": {"AWS:EpochTime": int(time.time()) + 600}},
    }
    return json.dumps({"Statement": [statement | changes]}, separators=(",", ":"))


def _edited(query: str, name: str, value: str | None) -> str:
    parts = dict(part.split("=", 1) for part in query.split("&"))
    kept = {key: one for key, one in parts.items() if key != name}
    changed = kept if value is None else {**kept, name: value}
    return "&".join(f"{key}={one}" for key, one in changed.items())


COOKIES = SIGNER.cookies(SIGNER.policy("https://images.example.com/*"))

CASES: dict[str, tuple[dict[str, Any], str]] = {
    # canned policies
    "signed": (_request(_canned()), ""),
    "by the second key": (_request(_canned(SECOND)), ""),
    "with a version": (_request("v=1&" + _canned(url=f"{URL}?v=1")), ""),
    "version after it": (_request(_canned(url=f"{URL}?v=1") + "&v=1"), ""),
    "unsigned": (_request(), "MissingKey"),
    "unsigned with a version": (_request("v=1"), "MissingKey"),
    "expired": (_request(_canned(seconds=-1)), "AccessDenied"),
    "later": (_request(_canned(), seconds=time.time() + 601), "AccessDenied"),
    "of another path": (_request(_canned(url=f"{URL}x")), "AccessDenied"),
    "of another size": (
        _request(_canned(url=URL.replace("150x", "300x"))),
        "AccessDenied",
    ),
    "of another scheme": (
        _request(_canned(url=URL.replace("https", "http"))),
        "AccessDenied",
    ),
    "of another domain": (
        _request(_canned(url=URL.replace("images", "other"))),
        "AccessDenied",
    ),
    "decoded path": (_request(_canned(url=URL.replace("%20", " "))), "AccessDenied"),
    "version added": (_request("v=1&" + _canned()), "AccessDenied"),
    "version changed": (_request("v=2&" + _canned(url=f"{URL}?v=1")), "AccessDenied"),
    "version removed": (_request(_canned(url=f"{URL}?v=1")), "AccessDenied"),
    "of another key": (_request(_canned(OTHER)), "AccessDenied"),
    "of an unknown key": (_request(_canned(UNKNOWN)), "InvalidKey"),
    "key of an object": (
        _request(_edited(_canned(), "Key-Pair-Id", "__proto__")),
        "InvalidKey",
    ),
    "no key": (_request(_edited(_canned(), "Key-Pair-Id", None)), "MissingKey"),
    "no signature": (_request(_edited(_canned(), "Signature", None)), "AccessDenied"),
    "no expiry": (_request(_edited(_canned(), "Expires", None)), "MalformedExpires"),
    "longer": (_request(_edited(_canned(), "Expires", "4102444800")), "AccessDenied"),
    "not a number": (
        _request(_edited(_canned(), "Expires", "1e99")),
        "MalformedExpires",
    ),
    "condition in the expiry": (
        _request(_edited(_canned(), "Expires", "9}}}]}")),
        "MalformedExpires",
    ),
    "signature cut": (
        _request(_edited(_canned(), "Signature", "AAAA")),
        "AccessDenied",
    ),
    "signature of garbage": (
        _request(_edited(_canned(), "Signature", "%00%ff!")),
        "AccessDenied",
    ),
    "another hash": (_request(_canned() + "&Hash-Algorithm=SHA256"), "AccessDenied"),
    "an unknown hash": (
        _request(_canned() + "&Hash-Algorithm=MD5"),
        "AccessDenied",
    ),
    "the first of two": (_request(f"{_canned()}&Expires=4102444800"), ""),
    # custom policies
    "custom": (_request(_custom()), ""),
    "custom, SHA-256": (_request(SIGNER.sha256_query(SIGNER.policy(URL))), ""),
    "wildcard": (_request(_custom("https://images.example.com/150x/*")), ""),
    "wildcard scheme": (_request(_custom("http*://images.example.com/*.jpg")), ""),
    "one character": (_request(_custom(URL.replace("%20", "????"[:3]))), ""),
    "wildcard with a version": (_request("v=1&" + _custom(f"{URL}*")), ""),
    "every resource": (_request(_custom("*")), ""),
    "no resource": (
        _request(SIGNER.query(_statement().replace(f'"Resource":"{URL}",', ""))),
        "",
    ),
    "wildcard of others": (
        _request(_custom("https://images.example.com/300x/*")),
        "AccessDenied",
    ),
    "a dot is a dot": (
        _request(
            _custom("https://images.example.com/150x/a%20b?jpg"),
            url=URL.replace(".jpg", "..jpg"),
        ),
        "AccessDenied",
    ),
    "not a regular expression": (
        _request(_custom("https://images.example.com/(150x|)/.+")),
        "AccessDenied",
    ),
    "custom expired": (_request(_custom(seconds=-1)), "AccessDenied"),
    "not yet": (_request(_custom(start=60)), "AccessDenied"),
    "since a minute": (_request(_custom(start=-60)), ""),
    "of this address": (_request(_custom(address="192.0.2.7")), ""),
    "of this network": (_request(_custom(address="192.0.2.0/24")), ""),
    "of any address": (_request(_custom(address="0.0.0.0/0")), ""),
    "of another address": (_request(_custom(address="192.0.2.8")), "AccessDenied"),
    "of another network": (_request(_custom(address="192.0.3.0/24")), "AccessDenied"),
    "policy changed": (
        _request(_edited(_custom(), "Policy", _custom("*").split("&")[0][7:])),
        "AccessDenied",
    ),
    "policy of garbage": (_request(_edited(_custom(), "Policy", "!")), "AccessDenied"),
    "two statements": (
        _request(SIGNER.query(_statement().replace("[{", '[{"x":1},{'))),
        "MalformedPolicy",
    ),
    "without an end": (
        _request(SIGNER.query(_statement(Condition={}))),
        "MalformedPolicy",
    ),
    "an end of text": (
        _request(
            SIGNER.query(_statement(Condition={"DateLessThan": {"AWS:EpochTime": "9"}}))
        ),
        "AccessDenied",
    ),
    "no JSON": (_request(SIGNER.query("{")), "MalformedPolicy"),
    # cookies
    "cookies": (_request(cookies=COOKIES), ""),
    "cookies among others": (_request(cookies=f"a=b;{COOKIES}; c"), ""),
    "canned cookies": (
        _request(
            cookies="; ".join(f"CloudFront-{one}" for one in _canned().split("&"))
        ),
        "",
    ),
    "cookies of other names": (
        _request(cookies=COOKIES.replace("CloudFront-", "")),
        "MissingKey",
    ),
    "cookies expired": (
        _request(cookies=SIGNER.cookies(SIGNER.policy("*", seconds=-1))),
        "AccessDenied",
    ),
    "cookies of other images": (
        _request(cookies=SIGNER.cookies(SIGNER.policy("https://x/*"))),
        "AccessDenied",
    ),
    "cookies of another key": (
        _request(cookies=OTHER.cookies(OTHER.policy("*"))),
        "AccessDenied",
    ),
    "a wrong URL with good cookies": (
        _request(_canned(OTHER), cookies=COOKIES),
        "AccessDenied",
    ),
    "half in the URL": (
        _request(COOKIES.split("; ")[2][11:], cookies=COOKIES),
        "MalformedExpires",
    ),
}


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Case → CloudFront's code."""
    node = shutil.which("node")
    if not node:
        pytest.skip("Node is missing: install it to check signatures")
    folder: Path = tmp_path_factory.mktemp("signature")
    (folder / signed_only.MODULE).write_text(signed_only.module(KEYS))
    (folder / "requests.json").write_text(
        json.dumps([one for one, _ in CASES.values()])
    )
    (folder / "run.mjs").write_text(
        f"import signature from './{signed_only.MODULE}';\n"
        "import { readFileSync } from 'node:fs';\n"
        "const requests = JSON.parse(readFileSync('requests.json'));\n"
        "const codes = await Promise.all(requests.map(signature.refusal));\n"
        "console.log(JSON.stringify(codes));\n"
    )
    done = subprocess.run(
        [node, "run.mjs"], cwd=folder, check=True, capture_output=True, text=True
    )
    return dict(zip(CASES, json.loads(done.stdout), strict=True))


@pytest.mark.parametrize("case", CASES)
def test_only_what_a_trusted_key_signed_is_admitted(
    case: str, codes: dict[str, str]
) -> None:
    assert codes[case] == CASES[case][1]


def test_without_keys_nothing_is_checked() -> None:
    assert signed_only.configuration({}, "") == ""
