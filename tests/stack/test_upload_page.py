"""The upload page behind CloudFront: what is deployed, and what it may do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from tests.support.templates import alarms, distribution, resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

SIZES = Path(__file__).parents[2] / "config" / "sizes.json"
ON = {"delivery": "true", "uploadPage": "true"}
KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"


@pytest.fixture(scope="module")
def page(synth: Synth) -> Document:
    return synth(**ON)


def _signer(document: Document) -> Document:
    (found,) = (
        one
        for one in resources(document, "AWS::Lambda::Function")
        if "UPLOAD_PREFIX" in one.get("Environment", {}).get("Variables", {})
    )
    return found


def _statements(document: Document) -> dict[str, Any]:
    (policy,) = (
        one["PolicyDocument"]["Statement"]
        for one in resources(document, "AWS::IAM::Policy")
        if any(role["Ref"].startswith("UploadPage") for role in one["Roles"])
    )
    return {one["Sid"]: (one["Action"], text(one["Resource"])) for one in policy}


def test_it_is_off_by_default(template: Document, delivery: Document) -> None:
    for one in (template, delivery):
        assert "UploadPage" not in json.dumps(one)
        assert not list(resources(one, "AWS::SecretsManager::Secret"))
        assert "CorsConfiguration" not in json.dumps(one)
    assert "CacheBehaviors" not in distribution(delivery)


def test_the_distribution_sends_its_path_to_its_function(page: Document) -> None:
    (behavior,) = distribution(page)["CacheBehaviors"]
    assert behavior["PathPattern"] == "/upload/*"
    assert behavior["AllowedMethods"] == ["GET", "HEAD"]
    assert behavior["ViewerProtocolPolicy"] == "redirect-to-https"
    assert "TrustedKeyGroups" not in behavior
    assert "FunctionAssociations" not in behavior
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CachingDisabled
    assert behavior["CachePolicyId"] == disabled
    origin = next(
        one
        for one in distribution(page)["Origins"]
        if one["Id"] == behavior["TargetOriginId"]
    )
    assert "UploadPageSigner" in json.dumps(origin["DomainName"])
    assert "OriginAccessControlId" in origin


def test_only_the_distribution_may_send_it_requests(page: Document) -> None:
    urls = [
        one
        for one in resources(page, "AWS::Lambda::Url")
        if "UploadPage" in json.dumps(one)
    ]
    assert [one["AuthType"] for one in urls] == ["AWS_IAM"]
    allowed = [
        one
        for one in resources(page, "AWS::Lambda::Permission")
        if "UploadPage" in json.dumps(one["FunctionName"])
    ]
    assert {one["Principal"] for one in allowed} == {"cloudfront.amazonaws.com"}
    for one in allowed:
        assert ":distribution/<DeliveryDistribution" in text(one["SourceArn"])
        # So that CloudFront cannot ask for a pass.
        is_request = one["Action"] == "lambda:InvokeFunctionUrl"
        assert is_request or one["InvokedViaFunctionUrl"] is True


def test_its_function_may_only_write_new_originals(page: Document) -> None:
    found = _statements(page)
    assert found.keys() == {"WriteNewOriginals", "ReadToken", "WriteLog"}
    assert found["WriteNewOriginals"][0] == "s3:PutObject"
    assert found["WriteNewOriginals"][1].endswith("-original/uploads/*")
    action, resource = found["ReadToken"]
    assert action == "secretsmanager:GetSecretValue"
    assert resource.startswith("<UploadPageToken")


def test_with_a_key_it_may_encrypt(synth: Synth) -> None:
    found = _statements(synth(**ON, originalKmsKey=KEY))
    assert found["EncryptOriginals"] == ("kms:GenerateDataKey", KEY)


def test_its_function_is_small_and_limited(page: Document, synth: Synth) -> None:
    found = _signer(page)
    command = ["resize_on_upload.upload_page.handler.handler"]
    assert found["ImageConfig"]["Command"] == command
    assert (found["MemorySize"], found["Timeout"]) == (256, 10)
    assert found["ReservedConcurrentExecutions"] == 5
    variables = found["Environment"]["Variables"]
    assert (variables["UPLOAD_PREFIX"], variables["UPLOAD_ACCESS"]) == (
        "uploads/",
        "token",
    )
    other = _signer(
        synth(**ON, uploadConcurrency="none", uploadPrefix="a/b/", uploadAccess="iam")
    )
    assert "ReservedConcurrentExecutions" not in other
    assert other["Environment"]["Variables"]["UPLOAD_PREFIX"] == "a/b/"
    assert other["Environment"]["Variables"]["UPLOAD_ACCESS"] == "iam"


def _cors(document: Document) -> list[Any]:
    return [
        (rule["AllowedMethods"], [text(one) for one in rule["AllowedOrigins"]])
        for bucket in resources(document, "AWS::S3::Bucket")
        for rule in bucket.get("CorsConfiguration", {}).get("CorsRules", ())
    ]


def test_only_its_own_pages_and_those_of_cors_origins_may_send_forms(
    page: Document, synth: Synth
) -> None:
    ((methods, origins),) = _cors(page)
    assert methods == ["POST"]
    assert [one[:29] for one in origins] == ["https://<DeliveryDistribution"]
    assert origins[0].endswith(".DomainName>")
    identifier = "1234abcd-12ab-34cd-56ef-1234567890ab"
    named = synth(
        **ON,
        domainNames="images.example.com",
        certificate=f"arn:aws:acm:us-east-1:111122223333:certificate/{identifier}",
        corsOrigins="https://example.com",
    )
    assert _cors(named) == [
        (["POST"], ["https://images.example.com", "https://example.com"])
    ]


def test_an_existing_bucket_is_left_alone(synth: Synth) -> None:
    assert _cors(synth(**ON, originalBucket="my-uploads")) == []


def test_the_outputs_lead_to_the_page_and_its_token(
    page: Document, delivery: Document, synth: Synth
) -> None:
    added = page["Outputs"].keys() - delivery["Outputs"].keys()
    assert added == {
        *("UploadPageUrl", "UploadAccessCommand"),
        *("UploadTokenArn", "UploadPageLogGroupName", "UploadPageFunctionName"),
    }
    outputs = {name: text(one["Value"]) for name, one in page["Outputs"].items()}
    assert outputs["UploadPageUrl"].endswith(".DomainName>/upload/")
    command = outputs["UploadAccessCommand"]
    assert command.startswith("aws secretsmanager get-secret-value --secret-id <Upload")
    passes = synth(**ON, uploadAccess="iam")["Outputs"]["UploadAccessCommand"]
    assert text(passes["Value"]).startswith("aws lambda invoke --function-name <Upload")


def test_nothing_in_the_template_is_the_token(page: Document) -> None:
    (secret,) = resources(page, "AWS::SecretsManager::Secret")
    assert "SecretString" not in secret
    assert secret["GenerateSecretString"]["PasswordLength"] == 40
    assert "{{resolve:" not in json.dumps(page)


def test_its_errors_fire_an_alarm(page: Document, delivery: Document) -> None:
    assert alarms(page).keys() - alarms(delivery).keys() == {"UploadFormsFailed"}
    alarm = alarms(page)["UploadFormsFailed"]
    assert (alarm["MetricName"], alarm["Threshold"]) == ("Errors", 5)
    assert "<UploadPageLogs" in text(alarm["AlarmDescription"])


def _mistakes(context: dict[str, str], sizes: Path = SIZES) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(context, sizes)
    return str(caught.value)


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"uploadPage": "true"}, "uploadPage=True: has no effect without delivery"),
        (
            {"delivery": "true", "uploadAccess": "iam"},
            "uploadAccess='iam': has no effect without uploadPage; add -c uploadPage",
        ),
        (
            {"delivery": "true", "uploadConcurrency": "9"},
            "uploadConcurrency=9: has no effect without uploadPage",
        ),
        (ON | {"uploadPage": "yes"}, "uploadPage='yes': must be true or false"),
        (ON | {"uploadAccess": "open"}, "uploadAccess='open': must be one of token, "),
        (ON | {"uploadPrefix": "uploads"}, "uploadPrefix='uploads': must be folders"),
        (ON | {"uploadPrefix": "../"}, "uploadPrefix='../': must be folders"),
        (ON | {"uploadPrefix": "/"}, "uploadPrefix='/': must be folders"),
        (ON | {"uploadConcurrency": "0"}, "uploadConcurrency='0': must be 1 to 1000"),
    ],
    ids=str,
)
def test_mistakes_say_what_to_do(context: dict[str, str], message: str) -> None:
    assert f"context {message}" in _mistakes(context)


def test_no_size_has_the_path_of_the_page(tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.json"
    sizes.write_text('{"sizes": [{"geometry": "9x", "name": "upload"}]}')
    found = _mistakes(ON, sizes)
    assert "config/sizes.json: a size cannot have the name 'upload'" in found
    assert read({"delivery": "true"}, sizes).sizes


def test_the_page_needs_no_signature_of_private_images(
    synth: Synth, tmp_path: Path
) -> None:
    from tests.support.viewer_keys import pem, private_key

    file = tmp_path / "public.pem"
    file.write_text(pem(private_key()))
    found = distribution(synth(**ON, viewerKey=str(file)))
    assert "TrustedKeyGroups" in found["DefaultCacheBehavior"]
    (behavior,) = found["CacheBehaviors"]
    assert "TrustedKeyGroups" not in behavior
