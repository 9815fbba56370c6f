"""Checks of the inventory tables: S3's part, Athena's, and the catalog between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from resize_on_upload_cli.diagnosis.check import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cli.stack.deployment import Deployment

OUTPUT = "InventoryWorkgroup"
_CATALOG = "s3tablescatalog"
_COMPLETE = "ACTIVE"
_TABLES = ("Inventory", "Journal")


def _tables(deployment: Deployment) -> list[str] | None:
    """Look at both tables of both buckets, and at the workgroup."""
    if not (workgroup := deployment.outputs.get(OUTPUT)):
        return None
    problems: list[str] = []
    for bucket in (deployment.original, deployment.resized):
        problems += _of_bucket(deployment, bucket)
    return [*problems, *_of_workgroup(deployment, workgroup)]


def _of_bucket(deployment: Deployment, bucket: str) -> Iterator[str]:
    try:
        found = deployment.client("s3").get_bucket_metadata_configuration(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "MetadataConfigurationNotFound":
            raise
        yield f"S3 keeps no tables of {bucket}"
        return
    outer: dict[str, Any] = dict(found["GetBucketMetadataConfigurationResult"])
    result = outer.get("MetadataConfigurationResult", {})
    for name in _TABLES:
        table = result.get(f"{name}TableConfigurationResult", {})
        status = table.get("TableStatus", table.get("ConfigurationState", "missing"))
        if status != _COMPLETE:
            why = table.get("Error", {}).get("ErrorMessage")
            because = f": {why}" if why else ""
            yield f"the {name.lower()} table of {bucket} is {status}{because}"


def _of_workgroup(deployment: Deployment, workgroup: str) -> Iterator[str]:
    try:
        found = deployment.client("athena").get_work_group(WorkGroup=workgroup)
    except ClientError as error:
        if error.response["Error"]["Code"] != "InvalidRequestException":
            raise
        yield f"the Athena workgroup {workgroup} does not exist"
        return
    if found["WorkGroup"]["State"] != "ENABLED":
        yield f"the Athena workgroup {workgroup} is {found['WorkGroup']['State']}"


def _catalog(deployment: Deployment) -> list[str] | None:
    if OUTPUT not in deployment.outputs:
        return None
    try:
        deployment.client("glue").get_catalog(CatalogId=_CATALOG)
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityNotFoundException":
            raise
        return [f"Athena cannot see the tables: the catalog {_CATALOG} is missing"]
    return []


CHECKS = (
    Check(
        "inventory tables",
        _tables,
        "Wait if a table is CREATING or BACKFILLING: S3 takes 15 minutes to hours. "
        "Otherwise, see docs/inventory-tables.md; deploying again creates a "
        "workgroup that is missing.",
    ),
    Check(
        "catalog of the tables",
        _catalog,
        "Create it, once per account and region: docs/inventory-tables.md has "
        "the command.",
    ),
)
