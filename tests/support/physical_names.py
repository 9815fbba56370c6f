"""The names that a template sets, which must be unique in an account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html
_PHYSICAL = {
    "AWS::Athena::WorkGroup": "Name",
    "AWS::CloudFront::Function": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Logs::QueryDefinition": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Parameter": "Name",
}
# CloudFront has no regions: these must differ between regions, too.
_CLOUDFRONT = {
    "AWS::CloudFront::CachePolicy": "CachePolicyConfig",
    "AWS::CloudFront::OriginAccessControl": "OriginAccessControlConfig",
    "AWS::CloudFront::ResponseHeadersPolicy": "ResponseHeadersPolicyConfig",
}
_WITHOUT_A_NAME = {
    "AWS::CloudFront::Distribution",
    "AWS::IAM::Policy",  # named within its role
    "AWS::KMS::Key",
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


def physical_names(template: dict[str, Any], stack: str) -> Iterator[tuple[str, str]]:
    """Every name that the template sets; CloudFormation generates the others."""
    for resource in template["Resources"].values():
        kind, properties = resource["Type"], resource.get("Properties", {})
        if config := _CLOUDFRONT.get(kind):
            yield kind, _text(properties[config]["Name"], stack)
            continue
        assert kind in _PHYSICAL.keys() | _WITHOUT_A_NAME, kind
        if (key := _PHYSICAL.get(kind, "")) in properties:
            yield kind, _text(properties[key], stack)
