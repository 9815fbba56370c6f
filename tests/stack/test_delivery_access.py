"""Who may do what with delivery: viewers, CloudFront and the on-request function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.templates import (
    as_list,
    distribution,
    functions,
    resources,
    text,
)

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

OF_DELIVERY = ("AWS::CloudFront::", "AWS::Lambda::Url")


def test_delivery_is_off_by_default(template: Document, delivery: Document) -> None:
    types = [one["Type"] for one in template["Resources"].values()]
    assert not [name for name in types if name.startswith(OF_DELIVERY)]
    assert types.count("AWS::Lambda::Function") == 1
    assert types.count("AWS::Lambda::Permission") == 1
    assert "cloudfront" not in json.dumps(template).lower()
    assert "OnRequest" not in json.dumps(template)
    assert {
        name for name in delivery["Outputs"] if name not in template["Outputs"]
    } == {
        *("Url", "DistributionId", "OnRequestFunctionName", "OnRequestLogGroupName"),
    }


def test_delivery_leaves_other_resources_as_they_are(
    template: Document, delivery: Document
) -> None:
    """No bucket or queue is replaced when it is turned on or off."""
    changed = {
        name.rstrip("0123456789ABCDEF")
        for name, resource in template["Resources"].items()
        if delivery["Resources"][name] != resource
    }
    assert changed == {
        "ResizerResizeOnUpload",  # the variable CACHE_CONTROL
        "ResizedPolicy",
        "MonitoringDashboard",
    }


def test_both_buckets_stay_private_with_delivery(delivery: Document) -> None:
    buckets = list(resources(delivery, "AWS::S3::Bucket"))
    assert len(buckets) == 3
    for bucket in buckets:
        closed = bucket["PublicAccessBlockConfiguration"]
        assert len(closed) == 4
        assert all(closed.values())
        assert "WebsiteConfiguration" not in bucket


def _allowed_by_buckets(template: Document) -> list[Document]:
    """The statements of all bucket policies that allow something."""
    return [
        {"bucket": text(policy["Bucket"]), **statement}
        for policy in resources(template, "AWS::S3::BucketPolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]


def _arn_of_the_distribution(template: Document) -> str:
    (name,) = (
        name
        for name, one in template["Resources"].items()
        if one["Type"] == "AWS::CloudFront::Distribution"
    )
    account = "arn:<AWS::Partition>:cloudfront::<AWS::AccountId>"
    return f"{account}:distribution/<{name}>"


def test_only_the_distribution_may_read(delivery: Document) -> None:
    """One object at a time, and only those of the resized bucket."""
    (statement,) = _allowed_by_buckets(delivery)
    bucket = statement["bucket"].strip("<>")
    assert bucket.startswith("Resized")
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Action"] == "s3:GetObject"
    assert text(statement["Resource"]) == f"<{bucket}.Arn>/*"
    ((operator, condition),) = statement["Condition"].items()
    assert operator == "StringEquals"
    ((key, arn),) = condition.items()
    assert key == "AWS:SourceArn"
    assert text(arn) == _arn_of_the_distribution(delivery)


def test_the_distribution_may_not_list(delivery: Document) -> None:
    """S3 would list the bucket at `/`."""
    assert "s3:ListBucket" not in json.dumps(_allowed_by_buckets(delivery))
    assert not distribution(delivery).get("DefaultRootObject")


def test_only_the_distribution_may_invoke(delivery: Document) -> None:
    """AWS has required both actions since October 2025."""
    (url,) = resources(delivery, "AWS::Lambda::Url")
    assert url["AuthType"] == "AWS_IAM"
    assert "Cors" not in url
    permissions = [
        one
        for one in resources(delivery, "AWS::Lambda::Permission")
        if "OnRequest" in text(one["FunctionName"])
    ]
    assert len(permissions) == 2
    assert {one["Action"]: one.get("InvokedViaFunctionUrl") for one in permissions} == {
        "lambda:InvokeFunctionUrl": None,
        "lambda:InvokeFunction": True,
    }
    for one in permissions:
        assert one["Principal"] == "cloudfront.amazonaws.com"
        assert text(one["SourceArn"]) == _arn_of_the_distribution(delivery)


def test_cloudfront_signs_every_request_to_an_origin(delivery: Document) -> None:
    controls = {
        f"<{name}.Id>": one["Properties"]["OriginAccessControlConfig"]
        for name, one in delivery["Resources"].items()
        if one["Type"] == "AWS::CloudFront::OriginAccessControl"
    }
    origins = distribution(delivery)["Origins"]
    used = [controls[text(one["OriginAccessControlId"])] for one in origins]
    assert len(controls) == len(used)
    kinds = [one["OriginAccessControlOriginType"] for one in used]
    assert kinds == ["s3", "lambda"]
    for one in used:
        assert one["SigningBehavior"] == "always"
        assert one["SigningProtocol"] == "sigv4"


def _permissions(template: Document, role: str) -> set[tuple[str, str]]:
    """The actions that a role's policies allow, and where."""
    return {
        (action, text(resource))
        for policy in resources(template, "AWS::IAM::Policy")
        if any(text(one).startswith(f"<{role}") for one in policy["Roles"])
        for statement in policy["PolicyDocument"]["Statement"]
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def test_the_request_role_reads_one_bucket_writes_the_other(
    delivery: Document,
) -> None:
    bucket = "arn:<AWS::Partition>:s3:::resize-<AWS::AccountId>-<AWS::Region>"
    log, resizer = (
        next(name for name in delivery["Resources"] if name.startswith(start))
        for start in ("OnRequestLogs", "ResizerResize")
    )
    assert _permissions(delivery, "OnRequestRole") == {
        ("s3:GetObject", f"{bucket}-original/*"),
        ("s3:ListBucket", f"{bucket}-original"),
        ("s3:GetObject", f"{bucket}-resized/*"),
        ("s3:PutObject", f"{bucket}-resized/*"),
        ("s3:DeleteObject", f"{bucket}-resized/*"),
        ("s3:ListBucket", f"{bucket}-resized"),
        ("lambda:InvokeFunction", f"<{resizer}.Arn>"),
        ("logs:CreateLogStream", f"<{log}.Arn>"),
        ("logs:PutLogEvents", f"<{log}.Arn>"),
    }


def test_delivery_gives_the_resizer_no_permission(
    template: Document, delivery: Document
) -> None:
    before = _permissions(template, "ResizerRole")
    assert before
    assert _permissions(delivery, "ResizerRole") == before


def test_one_image_serves_both_functions(delivery: Document) -> None:
    found = functions(delivery)
    assert found["OnRequest"]["Code"] == found["Resizer"]["Code"]
    assert "ImageConfig" not in found["Resizer"]
    assert found["OnRequest"]["ImageConfig"] == {
        "Command": ["resize_on_upload.delivery.handler.handler"]
    }
    for name in ("Architectures", "MemorySize", "PackageType"):
        assert found["OnRequest"][name] == found["Resizer"][name]


def test_both_functions_make_the_same_variants(synth: Synth) -> None:
    """All settings that decide what a variant looks like reach both."""
    document = synth(
        delivery="true",
        carryOver="metadata:author",
        storageClass="STANDARD_IA",
        decoderReuse="7",
        metrics="all",
    )
    resizer, viewers = (
        functions(document)[name]["Environment"]["Variables"]
        for name in ("Resizer", "OnRequest")
    )
    assert resizer.keys() - viewers.keys() == {"REJECTED_QUEUE_URL"}
    assert viewers.keys() - resizer.keys() == {"RESIZER_FUNCTION"}
    assert text(viewers["RESIZER_FUNCTION"]).startswith("<ResizerResizeOnUpload")
    common = resizer.keys() & viewers.keys()
    assert len(common) >= 10
    assert all(resizer[name] == viewers[name] for name in common)
