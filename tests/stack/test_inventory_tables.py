"""S3 Metadata's tables of both buckets, their workgroup, and the warnings of synth."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Environment, Stack
from aws_cdk.assertions import Annotations, Match
from aws_cdk.aws_kms import Key
from aws_cdk.aws_s3 import Bucket
from botocore.session import Session
from botocore.validate import ParamValidator

from resize_on_upload_cdk import ResizeOnUpload
from resize_on_upload_cdk.configuration.operation.inventory_tables import REGIONS
from tests.support import shell_commands
from tests.support.templates import resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

KEY, OTHER_KEY = (
    f"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890{end}"
    for end in ("ab", "cd")
)
PROPERTY = "MetadataConfiguration"
DOCUMENT = Path(__file__).parents[2] / "docs" / "inventory-tables.md"


@pytest.fixture(scope="module")
def tables(synth: Synth) -> Document:
    """The template of the defaults with the tables."""
    return synth(inventoryTables="true")


def _expected(encryption: dict[str, str]) -> Document:
    return {
        "InventoryTableConfiguration": {
            "ConfigurationState": "ENABLED",
            "EncryptionConfiguration": encryption,
        },
        "JournalTableConfiguration": {
            "RecordExpiration": {"Expiration": "ENABLED", "Days": 7},
            "EncryptionConfiguration": encryption,
        },
    }


def _kept(document: Document) -> dict[str, Any]:
    """The end of a bucket's name → its tables; None without."""
    buckets = list(resources(document, "AWS::S3::Bucket"))
    names = [text(one["BucketName"]).rpartition("-")[2] for one in buckets]
    return dict(zip(names, (one.get(PROPERTY) for one in buckets), strict=True))


def test_s3_keeps_tables_of_both_buckets(tables: Document) -> None:
    of_s3 = _expected({"SseAlgorithm": "AES256"})
    assert _kept(tables) == {"original": of_s3, "resized": of_s3, "jobs": None}


def test_they_are_encrypted_as_their_buckets_are(synth: Synth) -> None:
    document = synth(
        inventoryTables="true", originalKmsKey=KEY, resizedKmsKey=OTHER_KEY
    )
    for bucket, key in (("original", KEY), ("resized", OTHER_KEY)):
        expected = _expected({"SseAlgorithm": "aws:kms", "KmsKeyArn": key})
        assert _kept(document)[bucket] == expected


def test_the_workgroup_bounds_results_and_costs(tables: Document) -> None:
    (found,) = resources(tables, "AWS::Athena::WorkGroup")
    assert found.pop("Description")
    configuration = found.pop("WorkGroupConfiguration")
    assert found == {"Name": "ResizeOnUpload", "RecursiveDeleteOption": True}
    result = configuration.pop("ResultConfiguration")
    location = text(result.pop("OutputLocation"))
    jobs = text(tables["Outputs"]["JobsBucketName"]["Value"])
    assert location == f"s3://{jobs}/athena/"
    assert result == {
        "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"},
        "ExpectedBucketOwner": {"Ref": "AWS::AccountId"},
    }
    assert configuration == {
        "EnforceWorkGroupConfiguration": True,
        "BytesScannedCutoffPerQuery": 1_099_511_627_776,
        "PublishCloudWatchMetricsEnabled": True,
        "EngineVersion": {"SelectedEngineVersion": "Athena engine version 3"},
    }
    assert text(tables["Outputs"]["InventoryWorkgroup"]["Value"]) == (
        "<InventoryQueries>"
    )


def test_nothing_else_changes(template: Document, tables: Document) -> None:
    """So the function gets no permission; and off, the template is as it was."""
    del tables["Outputs"]["InventoryWorkgroup"]
    del tables["Resources"]["InventoryQueries"]
    for bucket in resources(tables, "AWS::S3::Bucket"):
        bucket.pop(PROPERTY, None)
    assert tables == template


def test_the_workgroup_has_the_name_of_the_stack(synth: Synth) -> None:
    document = synth(inventoryTables="true", stackName="photos-staging")
    (found,) = resources(document, "AWS::Athena::WorkGroup")
    assert found["Name"] == "photos-staging"


def test_all_that_is_for_many_images_goes_together(synth: Synth) -> None:
    document = synth(
        inventoryTables="true",
        intake="queue",
        sweep="weekly",
        backfillConcurrency="1000",
    )
    outputs = {"InventoryWorkgroup", "IntakeQueueUrl", "SweepArn"}
    assert outputs | {"BackfillFunctionName"} <= document["Outputs"].keys()
    assert all(_kept(document)[one] for one in ("original", "resized"))


def _warnings(region: str | None = None, **arguments: Any) -> list[str]:
    environment = Environment(region=region) if region else None
    stack = Stack(App(), "Warned", env=environment)
    ResizeOnUpload(stack, "Images", sizes=["150x"], **arguments)
    found = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("inventoryTables")
    )
    return [str(one.entry.data) for one in found]


@pytest.fixture(autouse=True)
def _no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDK_DEFAULT_REGION", raising=False)


def test_an_existing_bucket_needs_a_command() -> None:
    """One that S3 accepts; it has the table's encryption, too."""
    (warning,) = _warnings(inventory_tables=True, original_bucket="my-uploads")
    command = warning.partition("Run once: ")[2].partition(" [ack")[0]
    program, service, operation, *options = shlex.split(command)
    assert (program, service) == ("aws", "s3api")
    assert operation == "create-bucket-metadata-configuration"
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert given.keys() == {"--bucket", "--metadata-configuration"}
    assert given["--bucket"] == "my-uploads"
    configuration = json.loads(given["--metadata-configuration"])
    assert configuration == _expected({"SseAlgorithm": "AES256"})
    call = {"Bucket": "my-uploads", "MetadataConfiguration": configuration}
    _validate("s3", "CreateBucketMetadataConfiguration", call)


def _validate(service: str, operation: str, call: dict[str, Any]) -> None:
    model = Session().get_service_model(service).operation_model(operation)
    assert model.input_shape
    problems = ParamValidator().validate(call, model.input_shape)
    assert not problems.has_errors(), problems.generate_report()


def test_the_commands_of_the_document_are_ones_of_aws() -> None:
    document = DOCUMENT.read_text()
    commands = [one for one in shell_commands.shown(document) if "aws " in one]
    assert len(commands) == 3
    for command in commands:
        shell_commands.check(command)
    catalog, statements = map(
        json.loads, re.findall(r"```json\n(.*?)```", document, re.DOTALL)
    )
    call = {"Name": "s3tablescatalog", "CatalogInput": catalog}
    _validate("glue", "CreateCatalog", call)
    principals = {one["Principal"]["Service"] for one in statements}
    assert principals == {
        "metadata.s3.amazonaws.com",
        "maintenance.s3tables.amazonaws.com",
    }


def test_no_table_is_made_of_an_existing_bucket(synth: Synth) -> None:
    document = synth(inventoryTables="true", originalBucket="my-uploads")
    assert _kept(document).keys() == {"resized", "jobs"}
    assert _kept(document)["resized"]


def test_a_name_that_is_not_known_yet_is_a_placeholder() -> None:
    stack = Stack(App(), "Tokens")
    bucket = Bucket(stack, "Uploads", encryption_key=Key(stack, "Key"))
    ResizeOnUpload(
        stack, "Images", sizes=["1x"], original_bucket=bucket, inventory_tables=True
    )
    found = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp("--bucket YOUR-BUCKET .*KEY-ARN")
    )
    assert len(found) == 1
    assert "Token" not in str(found[0].entry.data)


def test_a_region_without_tables_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    """No mistake: AWS adds regions."""
    (warning,) = _warnings("us-gov-west-1", inventory_tables=True)
    assert "not available in us-gov-west-1" in warning
    assert _warnings("eu-central-1", inventory_tables=True) == []
    assert _warnings(inventory_tables=True) == []
    assert "eu-central-1" in REGIONS
    monkeypatch.setenv("CDK_DEFAULT_REGION", "us-gov-east-1")
    (warning,) = _warnings(inventory_tables=True)
    assert "not available in us-gov-east-1" in warning


def test_a_key_is_a_warning_until_its_policy_has_the_statement() -> None:
    (warning,) = _warnings(inventory_tables=True, resized_kms_key=KEY)
    for service in ("metadata.s3", "maintenance.s3tables"):
        assert f"{service}.amazonaws.com" in warning


def test_without_the_setting_nothing_is_said() -> None:
    assert _warnings("us-gov-west-1", original_bucket="my-uploads") == []
