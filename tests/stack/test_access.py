"""Names, firewall, logs, private images and origins: what each adds to the template."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.templates import distribution, functions, resources, text
from tests.support.viewer_keys import pem, private_key

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.templates import Document, Synth

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
CERTIFICATE = f"arn:aws:acm:us-east-1:111122223333:certificate/{ID}"
WEB_ACL = f"arn:aws:wafv2:us-east-1:111122223333:global/webacl/photos/{ID}"
KEY = f"arn:aws:kms:eu-central-1:111122223333:key/{ID}"

ALONE: dict[str, dict[str, str]] = {
    "domainNames": {
        "domainNames": "images.example.com,*.example.org",
        "certificate": CERTIFICATE,
    },
    "webAcl": {"webAcl": WEB_ACL},
    "accessLogs": {"accessLogs": "true"},
    "viewerKey": {"viewerKey": "public.pem"},
    "corsOrigins": {"corsOrigins": "https://example.com,https://*.example.org"},
    "resizedKmsKey": {"resizedKmsKey": KEY},
    "originShield": {"originShield": "eu-central-1", "priceClass": "all"},
    "onDestroy": {"onDestroy": "delete-all"},
}
"""Every setting that changes the distribution, or what is next to it."""


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a public key."""
    file = tmp_path_factory.mktemp("keys") / "public.pem"
    file.write_text(pem(private_key()))
    return file


@pytest.fixture(scope="module")
def with_settings(synth: Synth, public: Path) -> Any:
    """The template with delivery, and some of these settings."""

    def synthesized(*names: str) -> Document:
        context = {"delivery": "true"}
        for name in names:
            context |= ALONE[name]
        if "viewerKey" in context:
            context["viewerKey"] = str(public)
        return synth(**context)

    return synthesized


def _changed(before: Document, after: Document) -> tuple[set[str], set[str]]:
    """The types of added resources, and of changed ones."""
    first, second = before["Resources"], after["Resources"]
    assert first.keys() <= second.keys()
    added = {second[name]["Type"] for name in second.keys() - first.keys()}
    changed = {one["Type"] for name, one in first.items() if second[name] != one}
    return added, changed


DISTRIBUTION = "AWS::CloudFront::Distribution"


@pytest.mark.parametrize(
    ("name", "added", "changed"),
    [
        ("domainNames", set(), {DISTRIBUTION, "AWS::Lambda::Function"}),
        ("webAcl", set(), {DISTRIBUTION}),
        (
            "accessLogs",
            {"AWS::S3::Bucket", "AWS::S3::BucketPolicy"},
            {DISTRIBUTION},
        ),
        (
            "viewerKey",
            {"AWS::CloudFront::PublicKey", "AWS::CloudFront::KeyGroup"},
            {DISTRIBUTION},
        ),
        ("corsOrigins", set(), {"AWS::CloudFront::ResponseHeadersPolicy"}),
    ],
)
def test_each_setting_changes_nothing_else(
    delivery: Document,
    with_settings: Any,
    name: str,
    added: set[str],
    changed: set[str],
) -> None:
    assert _changed(delivery, with_settings(name)) == (added, changed)


def test_names_come_with_their_certificate(with_settings: Any) -> None:
    template = with_settings("domainNames")
    config = distribution(template)
    assert config["Aliases"] == ["images.example.com", "*.example.org"]
    assert config["ViewerCertificate"] == {
        "AcmCertificateArn": CERTIFICATE,
        "MinimumProtocolVersion": "TLSv1.2_2021",
        "SslSupportMethod": "sni-only",
    }
    for function in functions(template).values():
        variables = function["Environment"]["Variables"]
        assert variables["BASE_URL"] == "https://images.example.com/"
    outputs = template["Outputs"]
    assert outputs["Url"]["Value"] == "https://images.example.com/"
    name = text(outputs["DistributionDomainName"]["Value"])
    assert name.endswith(".DomainName>")


def test_without_names_the_certificate_is_cloudfronts(delivery: Document) -> None:
    """With another minimum of TLS, CloudFront would refuse the distribution."""
    config = distribution(delivery)
    for function in functions(delivery).values():
        assert "BASE_URL" not in function["Environment"]["Variables"]
    assert "ViewerCertificate" not in config
    assert "Aliases" not in config
    assert "DistributionDomainName" not in delivery["Outputs"]


def test_the_web_acl_is_that_of_the_setting(
    delivery: Document, with_settings: Any
) -> None:
    assert distribution(with_settings("webAcl"))["WebACLId"] == WEB_ACL
    assert "WebACLId" not in distribution(delivery)


def test_logs_have_a_private_bucket_for_30_days(with_settings: Any) -> None:
    """Of which CloudFront can write the objects: it needs ACLs for that."""
    template = with_settings("accessLogs")
    name = text(template["Outputs"]["AccessLogsBucketName"]["Value"]).strip("<>")
    bucket = template["Resources"][name]
    properties = bucket["Properties"]
    assert "BucketName" not in properties
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    rules = properties["OwnershipControls"]["Rules"]
    assert rules == [{"ObjectOwnership": "BucketOwnerPreferred"}]
    (expire,) = properties["LifecycleConfiguration"]["Rules"]
    assert expire["ExpirationInDays"] == 30
    assert bucket["DeletionPolicy"] == "Retain"
    (policy,) = (
        one
        for one in resources(template, "AWS::S3::BucketPolicy")
        if text(one["Bucket"]) == f"<{name}>"
    )
    assert {one["Effect"] for one in policy["PolicyDocument"]["Statement"]} == {"Deny"}


def test_logs_have_no_cookies(with_settings: Any) -> None:
    """With these, whoever reads the logs could view the images."""
    logging = distribution(with_settings("accessLogs", "viewerKey"))["Logging"]
    assert "IncludeCookies" not in logging
    assert text(logging["Bucket"]).endswith(".RegionalDomainName>")


def test_logs_are_deleted_with_everything_else_only(
    synth: Synth, with_settings: Any
) -> None:
    """They cannot be made again."""
    for template, policy in (
        (with_settings("accessLogs", "onDestroy"), "Delete"),
        (
            synth(delivery="true", accessLogs="true", onDestroy="delete-resized"),
            "Retain",
        ),
    ):
        name = text(template["Outputs"]["AccessLogsBucketName"]["Value"]).strip("<>")
        assert template["Resources"][name]["DeletionPolicy"] == policy


def test_only_signed_requests_are_served(with_settings: Any, public: Path) -> None:
    template = with_settings("viewerKey")
    (key,) = resources(template, "AWS::CloudFront::PublicKey")
    assert key["PublicKeyConfig"]["EncodedKey"] == public.read_text()
    (name, group), *others = (
        (name, one["Properties"]["KeyGroupConfig"])
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::CloudFront::KeyGroup"
    )
    assert not others
    key_id = text(template["Outputs"]["ViewerKeyId"]["Value"])
    assert [text(one) for one in group["Items"]] == [key_id]
    config = distribution(template)
    trusted = config["DefaultCacheBehavior"]["TrustedKeyGroups"]
    assert [text(one) for one in trusted] == [f"<{name}>"]
    assert "CacheBehaviors" not in config, "nothing is served another way"


def test_only_browsers_keep_a_private_image_for_a_year(
    synth: Synth, public: Path
) -> None:
    context = {"delivery": "true", "versionedUrls": "true"}
    for more, expected in (({}, "public"), ({"viewerKey": str(public)}, "private")):
        template = synth(**context, **more)
        codes = [
            one["FunctionCode"]
            for one in resources(template, "AWS::CloudFront::Function")
        ]
        (found,) = (code for code in codes if "immutable" in code)
        assert f"'{expected}, max-age=31536000, immutable'" in found


def test_another_key_is_another_resource(
    synth: Synth, tmp_path: Path, with_settings: Any
) -> None:
    """CloudFront does not let a key be changed, nor one name be used twice."""
    file = tmp_path / "both.pem"
    file.write_text(pem(private_key(1)) + pem(private_key()))
    before = with_settings("viewerKey")
    after = synth(delivery="true", viewerKey=str(file))
    both = list(resources(after, "AWS::CloudFront::PublicKey"))
    names = {json.dumps(one["PublicKeyConfig"]["Name"]) for one in both}
    references = {one["PublicKeyConfig"]["CallerReference"] for one in both}
    assert len(names) == len(references) == len(both) == 2
    (old,) = resources(before, "AWS::CloudFront::PublicKey")
    assert old in both
    newest = text(after["Outputs"]["ViewerKeyId"]["Value"]).strip("<>")
    config = after["Resources"][newest]["Properties"]["PublicKeyConfig"]
    assert config["EncodedKey"] == pem(private_key(1)), "its key signs from now on"


def test_pages_of_the_origins_read_pixels(with_settings: Any) -> None:
    (policy,) = resources(
        with_settings("corsOrigins"), "AWS::CloudFront::ResponseHeadersPolicy"
    )
    cors = policy["ResponseHeadersPolicyConfig"]["CorsConfig"]
    assert cors["AccessControlAllowOrigins"] == {
        "Items": ["https://example.com", "https://*.example.org"]
    }


# Each alone is tested above, and with all others here.
@pytest.mark.parametrize("pair", list(combinations(ALONE, 2)), ids="+".join)
def test_two_settings_do_not_change_each_other(
    delivery: Document, with_settings: Any, pair: tuple[str, str]
) -> None:
    """What each adds to the distribution, it adds with the other, too."""
    both = distribution(with_settings(*pair))
    for name in pair:
        alone = distribution(with_settings(name))
        plain = distribution(delivery)
        for key in alone.keys() - {"DefaultCacheBehavior"}:
            if alone[key] != plain.get(key):
                assert both[key] == alone[key]


def test_all_settings_together(with_settings: Any) -> None:
    template = with_settings(*ALONE)
    config = distribution(template)
    assert {"Aliases", "ViewerCertificate", "WebACLId", "Logging"} <= config.keys()
    assert config["DefaultCacheBehavior"]["TrustedKeyGroups"]
    assert {
        *("Url", "DistributionDomainName", "AccessLogsBucketName", "ViewerKeyId"),
        "KeyPolicyStatement",
    } <= template["Outputs"].keys()
    types = {one["Type"] for one in template["Resources"].values()}
    assert not [name for name in types if "WAF" in name]
