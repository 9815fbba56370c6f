"""What the stack cannot do for the inventory tables: warnings of synth."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from aws_cdk import Annotations, Stack, Token

from resize_on_upload_cdk.configuration.operation.inventory_tables import REGIONS
from resize_on_upload_cdk.inventory import tables

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings

_MORE = "docs/inventory-tables.md"


def warn(scope: Construct, settings: Settings) -> None:
    """Add warnings to the output of synth, if the tables are wanted."""
    if not settings.inventory_tables:
        return
    warnings = {
        "Region": _of_region(_region(scope)),
        "OriginalBucket": _of_existing_bucket(settings),
        "KmsKey": _of_keys(settings),
    }
    for about, text in warnings.items():
        if text:
            name = f"resize-on-upload:inventoryTables{about}"
            Annotations.of(scope).add_warning_v2(name, text)


def _region(scope: Construct) -> str:
    """Where the stack will be deployed; empty if that is not known."""
    region = Stack.of(scope).region
    if Token.is_unresolved(region):
        return os.environ.get("CDK_DEFAULT_REGION", "")  # set by the CDK CLI
    return region


def _of_region(region: str) -> str:
    if not region or region in REGIONS:
        return ""
    return (
        f"S3 Metadata was not available in {region} when this version was released. "
        "If it still is not, the deployment fails: leave inventoryTables out then. "
        f"{_MORE} says where AWS lists the regions."
    )


def _of_existing_bucket(settings: Settings) -> str:
    if not settings.original_bucket:
        return ""
    bucket = _or_placeholder(settings.original_bucket, "YOUR-BUCKET")
    key = settings.original_kms_key
    configuration = tables.configuration(key and _or_placeholder(key, "KEY-ARN"))
    return (
        f"The stack does not own {bucket}, so S3 keeps no table of it yet. Run once: "
        f"aws s3api create-bucket-metadata-configuration --bucket {bucket} "
        "--metadata-configuration "
        f"'{json.dumps(configuration, separators=(',', ':'))}'"
    )


def _or_placeholder(value: str, placeholder: str) -> str:
    return placeholder if Token.is_unresolved(value) else value


def _of_keys(settings: Settings) -> str:
    if not (settings.original_kms_key or settings.resized_kms_key):
        return ""
    return (
        "S3 cannot create the tables before the policy of the KMS key lets "
        "metadata.s3.amazonaws.com and maintenance.s3tables.amazonaws.com use it. "
        f"{_MORE} has the statements."
    )
