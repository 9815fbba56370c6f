"""Two stacks in one account and region have no name in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from stacks.buckets import default_prefix

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.templates import Synth

EVERYTHING = {"uploaderPolicy": "true", "onDestroy": "delete-all"}

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
PHYSICAL_NAMES = {
    "AWS::CloudFront::Function": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::QueryDefinition": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
}
# CloudFront has no regions: these must differ between regions, too.
CLOUDFRONT_NAMES = {
    "AWS::CloudFront::CachePolicy": "CachePolicyConfig",
    "AWS::CloudFront::OriginAccessControl": "OriginAccessControlConfig",
    "AWS::CloudFront::ResponseHeadersPolicy": "ResponseHeadersPolicyConfig",
}
WITHOUT_A_NAME = {
    "AWS::CloudFront::Distribution",
    "AWS::IAM::Policy",  # named within its role
    "AWS::Lambda::EventInvokeConfig",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Url",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::TopicPolicy",
    "AWS::SQS::QueuePolicy",
    "Custom::S3AutoDeleteObjects",
    "Custom::S3BucketNotifications",
}


def _text(value: Any, stack: str) -> str:
    """A name as CloudFormation resolves it; generated names begin with the stack's."""
    match value:
        case {"Ref": "AWS::StackName"}:
            return stack
        case {"Ref": name} if name.startswith("AWS::"):
            return f"<{name}>"
        case {"Ref": name} | {"Fn::GetAtt": [name, _]}:
            return f"{stack}-{name}"
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_text(part, stack) for part in parts)
    return str(value)


def _names(template: dict[str, Any], stack: str) -> Iterator[tuple[str, str]]:
    """Every name that the template sets; CloudFormation generates the others."""
    for resource in template["Resources"].values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if config := CLOUDFRONT_NAMES.get(kind):
            yield kind, _text(properties[config]["Name"], stack)
            continue
        assert kind in PHYSICAL_NAMES.keys() | WITHOUT_A_NAME, kind
        if (key := PHYSICAL_NAMES.get(kind, "")) in properties:
            yield kind, _text(properties[key], stack)


@pytest.mark.parametrize(
    "context",
    [{}, {"originalBucket": "my-uploads"}, {"delivery": "true"}],
    ids=str,
)
@pytest.mark.parametrize("other", ["resize", "staging", "Staging", "S" * 128])
def test_two_stacks_have_no_name_in_common(
    synth: Synth, other: str, context: dict[str, str]
) -> None:
    context = context | EVERYTHING
    here = set(_names(synth(**context), "ResizeOnUpload"))
    there = set(_names(synth(**context, stackName=other), other))
    assert len(here) == len(there) >= 11
    assert not here & there


@pytest.mark.parametrize("stack", ["resize", "S" * 128])
def test_no_name_in_cloudfront_is_taken_in_another_region(
    synth: Synth, stack: str
) -> None:
    """And none is longer than CloudFront allows."""
    document = synth(delivery="true", stackName=stack)
    names = [n for kind, n in _names(document, stack) if "::CloudFront::" in kind]
    assert len(set(names)) == 5
    for name in names:
        assert "<AWS::Region>" in name
        assert len(name.replace("<AWS::Region>", "us-isof-south-1")) <= 64


def test_nothing_is_exported(template: dict[str, Any]) -> None:
    """The name of an export is unique in a region."""
    assert not any("Export" in output for output in template["Outputs"].values())


def test_a_stack_of_another_name_keeps_the_bucket_prefix(synth: Synth) -> None:
    document = synth(stackName="staging", bucketPrefix="pics")
    assert ("AWS::S3::Bucket", "pics-resized") in set(_names(document, "staging"))


def test_the_buckets_of_the_default_stack_keep_their_names() -> None:
    assert default_prefix("ResizeOnUpload", "1", "r") == "resize-1-r"


def test_no_two_stacks_have_the_same_buckets() -> None:
    """S3 allows lower case only, and 63 characters."""
    names = ["ResizeOnUpload", "resizeonupload", "resize", "a", "A", "staging"]
    names += ["s" * 18, "s" * 19, "s" * 20, "S" * 18, "photos-" * 18]
    prefixes = [default_prefix(name, "1" * 12, "us-isof-south-1") for name in names]
    assert len(set(prefixes)) == len(names)
    assert "resize-staging-111111111111-us-isof-south-1" in prefixes
    for prefix in prefixes:
        assert len(f"{prefix}-original") <= 63
        assert prefix == prefix.lower()
