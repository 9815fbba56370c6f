"""How caches learn that an original was replaced: versions in URLs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stacks.configuration.settings import ConfigurationError, read
from tests.support.templates import distribution, functions, resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

SIZES = Path(__file__).parents[2] / "config" / "sizes.json"
VERSIONED = {"delivery": "true", "versionedUrls": "true"}


def _mistakes(context: dict[str, str]) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(context, SIZES)
    return str(caught.value)


def test_urls_have_no_versions_by_default(delivery: Document) -> None:
    (edge,) = resources(delivery, "AWS::CloudFront::Function")
    assert "keepOnlyVersions" not in edge["FunctionCode"]
    for function in functions(delivery).values():
        assert "VERSIONED_URLS" not in function["Environment"]["Variables"]


def test_versioned_urls_reach_both_functions_and_the_edge(synth: Synth) -> None:
    document = synth(**VERSIONED)
    for function in functions(document).values():
        assert function["Environment"]["Variables"]["VERSIONED_URLS"] == "true"
    used = distribution(document)["DefaultCacheBehavior"]["FunctionAssociations"]
    assert {one["EventType"]: text(one["FunctionARN"]) for one in used}.keys() == {
        *("viewer-request", "viewer-response"),
    }
    codes = [
        one["FunctionCode"] for one in resources(document, "AWS::CloudFront::Function")
    ]
    assert sum("keepOnlyVersions(event" in code for code in codes) == 1
    assert sum("immutable" in code for code in codes) == 1


def test_the_edge_function_sees_the_version(synth: Synth) -> None:
    """CloudFront applies the policy before the function, which removes the header."""
    (policy,) = resources(synth(**VERSIONED), "AWS::CloudFront::ResponseHeadersPolicy")
    removed = policy["ResponseHeadersPolicyConfig"]["RemoveHeadersConfig"]["Items"]
    assert "x-amz-meta-version" not in json.dumps(removed).lower()


def test_versioned_urls_need_delivery() -> None:
    assert read(VERSIONED, SIZES).versioned_urls
    without = _mistakes({"versionedUrls": "true"})
    assert "versionedUrls=True: has no effect without delivery" in without
    assert "must be true or false" in _mistakes(VERSIONED | {"versionedUrls": "8"})


def test_the_version_s_name_is_taken() -> None:
    context = VERSIONED | {"carryOver": "metadata:author, metadata:Version"}
    expected = "metadata:version cannot be combined with versionedUrls"
    assert expected in _mistakes(context)
    assert read(context | {"versionedUrls": "false"}, SIZES).delivery
