"""The inventory tables of both buckets: their names, and whether they can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload_cli.errors import UnfinishedError
from resize_on_upload_cli.tables.literals import name

if TYPE_CHECKING:
    from resize_on_upload_cli.stack.deployment import Deployment

CATALOG = "s3tablescatalog/aws-s3"
"""Of the table bucket where S3 keeps the tables of all buckets of an account."""

_TABLE = "inventory"
_NO_TABLES = (404, 405, 501)
"""Statuses of S3's answer where a bucket has none, or its region has none."""

_WAITS = {
    "CREATING": "S3 is creating it",
    "BACKFILLING": "S3 is filling it with the objects that exist, for minutes or hours",
}


def workgroup(deployment: Deployment) -> str:
    """Return the name of the stack's Athena workgroup.

    Raises:
        UnfinishedError: the stack is deployed without tables.
    """
    found = deployment.outputs.get("InventoryWorkgroup")
    if not found:
        msg = (
            f"the stack {deployment.name} has no inventory tables: deploy it with "
            "-c inventoryTables=true (docs/inventory-tables.md), or leave out --from "
            "tables"
        )
        raise UnfinishedError(msg)
    return found


def table(deployment: Deployment, bucket: str) -> str:
    """Return a bucket's table, as SQL names it.

    Raises:
        UnfinishedError: there is none, or it cannot be asked yet.
    """
    found = _configuration(deployment, bucket)
    inventory = found.get("InventoryTableConfigurationResult", {})
    if inventory.get("ConfigurationState") != "ENABLED":
        raise UnfinishedError(_missing(bucket))
    if (status := inventory.get("TableStatus")) != "ACTIVE":
        raise UnfinishedError(_not_active(bucket, status, inventory.get("Error", {})))
    namespace = found.get("DestinationResult", {}).get("TableNamespace")
    return name(
        CATALOG,
        namespace or f"b_{bucket.replace('.', '_')}",
        inventory.get("TableName") or _TABLE,
    )


def _configuration(deployment: Deployment, bucket: str) -> dict[str, Any]:
    try:
        response = deployment.client("s3").get_bucket_metadata_configuration(
            Bucket=bucket, ExpectedBucketOwner=deployment.variables["ACCOUNT_ID"]
        )
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status not in _NO_TABLES:
            raise
        raise UnfinishedError(_missing(bucket)) from error
    result: Any = response["GetBucketMetadataConfigurationResult"]
    return dict(result["MetadataConfigurationResult"])


def _missing(bucket: str) -> str:
    return (
        f"the bucket {bucket} has no inventory table: docs/inventory-tables.md says "
        "how to turn it on, and which regions have such tables"
    )


def _not_active(bucket: str, status: str | None, error: dict[str, str]) -> str:
    if status in _WAITS:
        return (
            f"the inventory table of {bucket} is not complete: {_WAITS[status]}. Try "
            "again later, or leave out --from tables"
        )
    cause = error.get("ErrorMessage") or error.get("ErrorCode") or "no cause given"
    return (
        f"S3 cannot keep the inventory table of {bucket} ({status}): {cause}. Remove "
        "the cause, delete the table and turn it on again (docs/inventory-tables.md)"
    )
