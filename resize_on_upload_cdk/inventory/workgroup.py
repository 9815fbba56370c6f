"""The Athena workgroup of the queries: where results go, and what one may cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import aws_cdk as cdk
from aws_cdk import aws_athena as athena

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings

FOLDER = "athena"
"""Of the results, in the jobs bucket, which deletes them after 30 days."""

MAX_SCANNED_BYTES = 2**40
"""Of one query, which then costs US$ 5 at most. A library of 10⁸ originals with three
sizes each takes about 25 GB."""

_ENGINE = "Athena engine version 3"
"""The one that the query is written for."""


def create(
    scope: Construct, settings: Settings, jobs_name: str
) -> athena.CfnWorkGroup | None:
    """Add the workgroup, if the setting is on."""
    if not settings.inventory_tables:
        return None
    made = athena.CfnWorkGroup
    result = made.ResultConfigurationProperty(
        output_location=f"s3://{jobs_name}/{FOLDER}/",
        # A deleted bucket's name is free for other accounts.
        expected_bucket_owner=cdk.Aws.ACCOUNT_ID,
        encryption_configuration=made.EncryptionConfigurationProperty(
            encryption_option="SSE_S3"
        ),
    )
    return made(
        scope,
        "InventoryQueries",
        name=settings.stack_name,
        description="Queries of the inventory tables of both buckets.",
        # Without it, a workgroup that has run a query cannot be deleted.
        recursive_delete_option=True,
        work_group_configuration=made.WorkGroupConfigurationProperty(
            enforce_work_group_configuration=True,
            bytes_scanned_cutoff_per_query=MAX_SCANNED_BYTES,
            publish_cloud_watch_metrics_enabled=True,
            engine_version=made.EngineVersionProperty(selected_engine_version=_ENGINE),
            result_configuration=result,
        ),
    )
