"""The setting of S3 Metadata's tables: a row per object of both buckets."""

from __future__ import annotations

from resize_on_upload_cdk.configuration.setting import Setting, switch

REGIONS = frozenset(
    (
        *("af-south-1", "ap-east-1", "ap-northeast-1", "ap-northeast-2"),
        *("ap-northeast-3", "ap-south-1", "ap-southeast-1", "ap-southeast-2"),
        *("ap-southeast-3", "ap-southeast-4", "ca-central-1", "ca-west-1"),
        *("cn-north-1", "cn-northwest-1", "eu-central-1", "eu-central-2"),
        *("eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-2"),
        *("eu-west-3", "il-central-1", "me-central-1", "me-south-1", "sa-east-1"),
        *("us-east-1", "us-east-2", "us-west-1", "us-west-2"),
    )
)
"""Where S3 Metadata was available in November 2026; AWS adds some now and then.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/metadata-tables-restrictions.html"""

SETTINGS: dict[str, Setting] = {
    "inventoryTables": switch(
        "false",
        "have S3 keep [tables of all objects](inventory-tables.md) of both "
        "buckets, which Athena queries: for `plan` and `backfill` of many millions of "
        "originals",
    ),
}
