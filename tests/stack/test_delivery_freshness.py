"""How caches learn that an original was replaced: versions in URLs, invalidations."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from tests.support.templates import (
    alarms,
    distribution,
    functions,
    grants,
    resources,
    text,
)

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

SIZES = Path(__file__).parents[2] / "config" / "sizes.json"
OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
VERSIONED = {"delivery": "true", "versionedUrls": "true"}
INVALIDATING = {"delivery": "true", "invalidate": "true"}


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


@pytest.mark.parametrize(
    ("name", "setting"), [("version", "versionedUrls"), ("cache-tag", "invalidate")]
)
def test_the_names_of_the_function_s_metadata_are_taken(
    name: str, setting: str
) -> None:
    copied = f"metadata:author, metadata:{name.capitalize()}"
    context = {"delivery": "true", "carryOver": copied}
    expected = f"metadata:{name} cannot be combined with {setting}"
    assert expected in _mistakes(context | {setting: "true"})
    assert read(context, SIZES).delivery


def test_nothing_is_invalidated_by_default(delivery: Document) -> None:
    assert "MakeCachesForget" not in grants(delivery)
    assert "CacheTagConfig" not in distribution(delivery)
    assert not list(resources(delivery, "AWS::SSM::Parameter"))
    for function in functions(delivery).values():
        variables = function["Environment"]["Variables"]
        assert not {"CACHE_TAGS", "DISTRIBUTION_PARAMETER"} & variables.keys()


def test_the_resizer_may_invalidate_in_its_distribution_only(synth: Synth) -> None:
    document = synth(**INVALIDATING)
    actions, resource = grants(document)["MakeCachesForget"]
    assert actions == {"cloudfront:CreateInvalidation"}
    assert re.fullmatch(r"arn:.*:distribution/<DeliveryDistribution\w+>", resource)
    (policy,) = (
        one
        for one in resources(document, "AWS::IAM::Policy")
        if "MakeCachesForget" in json.dumps(one)
    )
    assert [text(role) for role in policy["Roles"]] == [_role(document, "Resizer")]


def test_the_resizer_finds_its_distribution(synth: Synth) -> None:
    document = synth(**INVALIDATING, stackName="Photos")
    (parameter,) = resources(document, "AWS::SSM::Parameter")
    assert parameter["Name"] == "/resize-on-upload/Photos/distribution"
    assert text(parameter["Value"]).startswith("<DeliveryDistribution")
    found = functions(document)
    resizer = found["Resizer"]["Environment"]["Variables"]
    assert resizer["DISTRIBUTION_PARAMETER"] == parameter["Name"]
    on_request = found["OnRequest"]["Environment"]["Variables"]
    assert "DISTRIBUTION_PARAMETER" not in on_request
    actions, resource = grants(document)["FindTheDistribution"]
    assert actions == {"ssm:GetParameter"}
    assert resource.endswith(f":parameter{parameter['Name']}")


def test_the_tag_that_both_functions_store_is_the_one_cloudfront_reads(
    synth: Synth,
) -> None:
    document = synth(**INVALIDATING)
    for function in functions(document).values():
        assert function["Environment"]["Variables"]["CACHE_TAGS"] == "true"
    config = distribution(document)["CacheTagConfig"]
    assert config == {"HeaderName": "x-amz-meta-cache-tag"}


def test_no_resource_waits_for_itself(synth: Synth) -> None:
    """The distribution waits for the on-request function, and that for the resizer."""
    document = synth(**INVALIDATING)["Resources"]
    needs = {name: _names(one) & document.keys() for name, one in document.items()}
    while ready := [
        name for name, needed in needs.items() if not needed & needs.keys()
    ]:
        for name in ready:
            del needs[name]
    assert not needs


def test_failed_invalidations_have_an_alarm(synth: Synth) -> None:
    found = alarms(synth(**INVALIDATING))["InvalidationsFailed"]
    assert found["MetricName"] == "invalidations_failed"
    assert found["Threshold"] == 1
    described = text(found["AlarmDescription"])
    assert "invalidate --all --yes --stack-name ResizeOnUpload" in described
    assert "| `InvalidationsFailed` |" in OPERATIONS
    assert "InvalidationsFailed" not in alarms(synth(**INVALIDATING, metrics="none"))


def test_sizes_have_less_room_with_both(tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    many = [{"geometry": f"{n}x", "name": "n" * 60 + f"{n}"} for n in range(1, 51)]
    file.write_text(json.dumps({"sizes": many}))

    def limit(context: dict[str, str]) -> int:
        with pytest.raises(ConfigurationError) as caught:
            read({"delivery": "true"} | context, file)
        (found,) = re.findall(r"more than the ([\d,]+) that Lambda", str(caught.value))
        return int(found.replace(",", ""))

    more = "VERSIONED_URLStrueCACHE_TAGStrueDISTRIBUTION_PARAMETER"
    more += "/resize-on-upload/ResizeOnUpload/distribution"
    assert limit(VERSIONED | INVALIDATING) == limit({}) - len(more)


def _role(document: Document, function: str) -> str:
    arn = text(functions(document)[function]["Role"])
    return arn.replace(".Arn>", ">")


def _names(value: Any) -> set[str]:
    """Everything that a resource refers to, or depends on."""
    match value:
        case {"Ref": str(name)}:
            return {name}
        case {"Fn::GetAtt": [str(name), *_]}:
            return {name}
        case dict():
            listed = value.get("DependsOn", [])
            named = set(listed if isinstance(listed, list) else [listed])
            return named.union(*map(_names, value.values()))
        case list():
            return set[str]().union(*map(_names, value))
    return set()
