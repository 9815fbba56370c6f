"""A bucket's tables of S3 Metadata: its objects, and a journal that S3 demands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3

JOURNAL_DAYS = 7
"""Nothing reads the journal, and S3 keeps its records no shorter.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/metadata-tables-expire-journal-table-records.html"""


def add(bucket: s3.Bucket, kms_key: str | None) -> None:
    """Have S3 keep the tables of a bucket that the stack creates."""
    resource = cast("s3.CfnBucket", bucket.node.default_child)
    resource.add_property_override("MetadataConfiguration", configuration(kms_key))


def configuration(kms_key: str | None) -> dict[str, Any]:
    """Return the configuration, in the words of CloudFormation and of S3's API.

    Args:
        kms_key: The ARN of the key that encrypts the bucket; None for S3's own.
    """
    encryption = {"SseAlgorithm": "AES256"}
    if kms_key:
        encryption = {"SseAlgorithm": "aws:kms", "KmsKeyArn": kms_key}
    return {
        "InventoryTableConfiguration": {
            "ConfigurationState": "ENABLED",
            "EncryptionConfiguration": encryption,
        },
        "JournalTableConfiguration": {
            "RecordExpiration": {"Expiration": "ENABLED", "Days": JOURNAL_DAYS},
            "EncryptionConfiguration": encryption,
        },
    }
