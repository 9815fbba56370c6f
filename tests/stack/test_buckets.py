"""The buckets: protection, notifications, expiry and removal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.templates import resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth


def test_every_bucket_is_private_encrypted_and_retained(template: Document) -> None:
    buckets = [
        resource
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::S3::Bucket"
    ]
    names = [text(bucket["Properties"]["BucketName"]) for bucket in buckets]
    assert [name.rsplit("-", 1)[1] for name in names] == ["original", "resized", "jobs"]
    for bucket in buckets:
        assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"
        closed = bucket["Properties"]["PublicAccessBlockConfiguration"]
        assert len(closed) == 4
        assert all(closed.values())
        assert "BucketEncryption" in bucket["Properties"]
    for policy in resources(template, "AWS::S3::BucketPolicy"):
        (statement,) = policy["PolicyDocument"]["Statement"]
        assert statement["Effect"] == "Deny"
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_the_original_bucket_is_versioned_and_notifies(template: Document) -> None:
    original, *others = resources(template, "AWS::S3::Bucket")
    assert original["VersioningConfiguration"] == {"Status": "Enabled"}
    for bucket in others:
        assert "NotificationConfiguration" not in bucket


def notified_events(template: Document) -> set[str]:
    original = next(resources(template, "AWS::S3::Bucket"))
    listed = original["NotificationConfiguration"]["LambdaConfigurations"]
    return {notification["Event"] for notification in listed}


def test_every_change_of_content_invokes_the_function(
    template: Document, synth: Synth
) -> None:
    """Lifecycle expiry has its own event; deletes are optional."""
    written = {"s3:ObjectCreated:*", "s3:ObjectRestore:Completed"}
    deleted = {"s3:ObjectRemoved:*", "s3:LifecycleExpiration:*"}
    assert notified_events(template) == written | deleted
    assert notified_events(synth(mirrorDeletes="false")) == written


def test_variants_expire_if_configured(synth: Synth) -> None:
    """An output has the days, for `plan`."""
    document = synth(resizedExpirationDays="90")
    resized = list(resources(document, "AWS::S3::Bucket"))[1]
    rules = resized["LifecycleConfiguration"]["Rules"]
    days = [rule.get("ExpirationInDays") for rule in rules]
    assert days == [None, 90]
    assert document["Outputs"]["ResizedExpirationDays"]["Value"] == "90"


@pytest.mark.parametrize(
    ("choice", "emptied"),
    [
        ("keep", set()),
        ("delete-resized", {"resized", "jobs"}),
        ("delete-all", {"original", "resized", "jobs"}),
    ],
)
def test_destroy_deletes_the_chosen_buckets(
    synth: Synth, choice: str, emptied: set[str]
) -> None:
    """A bucket must be emptied before it can be deleted; all others stay."""
    document = synth(bucketPrefix="pics", onDestroy=choice)
    deleted, autos = set(), set()
    for name, resource in document["Resources"].items():
        if resource["Type"] == "AWS::S3::Bucket":
            short = resource["Properties"]["BucketName"].removeprefix("pics-")
            if resource["DeletionPolicy"] == "Delete":
                deleted.add(short)
            assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"]
        if resource["Type"] == "Custom::S3AutoDeleteObjects":
            (bucket,) = resource["Properties"]["BucketName"].values()
            properties = document["Resources"][bucket]["Properties"]
            autos.add(properties["BucketName"].removeprefix("pics-"))
        assert name
    assert deleted == autos == emptied


def test_an_existing_bucket_only_gets_a_notification(
    synth: Synth,
) -> None:
    document = synth(originalBucket="my-uploads", bucketPrefix="my-photos")
    buckets = [
        bucket["BucketName"] for bucket in resources(document, "AWS::S3::Bucket")
    ]
    assert buckets == ["my-photos-resized", "my-photos-jobs"]
    (custom,) = resources(document, "Custom::S3BucketNotifications")
    assert custom["BucketName"] == "my-uploads"
    permission = next(resources(document, "AWS::Lambda::Permission"))
    assert permission["SourceAccount"] == {"Ref": "AWS::AccountId"}
