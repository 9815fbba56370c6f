"""The separate stack with a firewall for the distribution."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.deployment import deploy
from resize_on_upload_cli.costs.view_cost import FIREWALL_RULES
from tests.support.templates import resources, text

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.templates import Document


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What CDK's command line deploys."""
    folder = tmp_path_factory.mktemp("firewall")
    deploy.synth(folder, {"firewall": "true", "stackName": "Photos"})
    return folder


@pytest.fixture(scope="module")
def firewall(assembly: Path) -> Document:
    file = assembly / "PhotosFirewall.template.json"
    return dict(json.loads(file.read_text()))


def _rules(firewall: Document) -> dict[str, Document]:
    (acl,) = resources(firewall, "AWS::WAFv2::WebACL")
    rules = sorted(acl["Rules"], key=lambda rule: rule["Priority"])
    return {rule["Name"]: rule for rule in rules}


def test_there_is_none_unless_it_is_asked_for(
    template_path: Path, assembly: Path
) -> None:
    """`cdk deploy` deploys the only stack, and does not ask which."""
    others = list(template_path.parent.glob("*.template.json"))
    assert others == [template_path]
    assert {file.name for file in assembly.glob("*.template.json")} == {
        *("Photos.template.json", "PhotosFirewall.template.json"),
    }


def test_the_other_stack_stays_as_it_is(tmp_path: Path, assembly: Path) -> None:
    without = deploy.synth(tmp_path / "out", {"stackName": "Photos"})
    there = (assembly / "Photos.template.json").read_text()
    assert there == without.read_text()


def test_it_is_deployed_to_the_region_of_cloudfront(assembly: Path) -> None:
    """Without `cdk bootstrap` there, and without files to upload first."""
    manifest = json.loads((assembly / "manifest.json").read_text())
    stack = manifest["artifacts"]["PhotosFirewall"]
    assert stack["environment"] == "aws://unknown-account/us-east-1"
    properties = stack["properties"]
    assert "assumeRoleArn" not in properties
    assert "stackTemplateAssetObjectUrl" not in properties
    assert "requiresBootstrapStackVersion" not in properties


def test_it_makes_one_web_acl_and_names_it(firewall: Document) -> None:
    assert {one["Type"] for one in firewall["Resources"].values()} == {
        "AWS::WAFv2::WebACL"
    }
    (acl,) = resources(firewall, "AWS::WAFv2::WebACL")
    assert (acl["Scope"], acl["DefaultAction"]) == ("CLOUDFRONT", {"Allow": {}})
    assert "Name" not in acl, "a replacement would need another"
    assert text(firewall["Outputs"]["WebAclArn"]["Value"]) == "<Firewall.Arn>"
    assert "Parameters" not in firewall


def test_its_rules(firewall: Document) -> None:
    rules = _rules(firewall)
    assert list(rules) == [
        "AWSManagedRulesAmazonIpReputationList",
        "RequestsPerAddress",
        "AWSManagedRulesCommonRuleSet",
    ]
    assert len(rules) == FIREWALL_RULES, "what estimate counts"
    for rule in rules.values():
        assert rule["VisibilityConfig"]["MetricName"] == rule["Name"]
        if "Action" not in rule:
            assert rule["OverrideAction"] == {"None": {}}


def test_long_keys_are_counted_and_not_blocked(firewall: Document) -> None:
    """A key may have 1,024 bytes, each of which may be percent-encoded."""
    rule = _rules(firewall)["AWSManagedRulesCommonRuleSet"]
    group = rule["Statement"]["ManagedRuleGroupStatement"]
    assert (group["VendorName"], "Version" in group) == ("AWS", False)
    assert group["RuleActionOverrides"] == [
        {"ActionToUse": {"Count": {}}, "Name": "SizeRestrictions_URIPATH"}
    ]


def test_a_flood_from_one_address_is_blocked(firewall: Document) -> None:
    rule = _rules(firewall)["RequestsPerAddress"]
    assert rule["Action"] == {"Block": {}}
    assert rule["Statement"]["RateBasedStatement"] == {
        "AggregateKeyType": "IP",
        "EvaluationWindowSec": 300,
        "Limit": 2_000,
    }
