"""The setting in the local cloud, which has Athena's workgroups and no S3 Metadata."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.cloud import REGION, start_cloud
from local.deployment import deploy
from local.stack import CLOUD_PYTHON
from scripts.permissions.groups import GROUPS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.cloud import Cloud

WITH_ALL = {
    "inventoryTables": "true",
    "intake": "queue",
    "sweep": "weekly",
    "backfillConcurrency": "9",
}


@dataclass(frozen=True)
class Deployed:
    """A stack whose functions are never invoked."""

    cloud: Cloud
    folder: Path

    def deploy(self, **context: str) -> dict[str, str]:
        """Deploy the stack with other settings; return its outputs."""
        out = self.folder / f"cdk-{len(list(self.folder.iterdir()))}"
        return deploy.deploy(self.cloud, deploy.synth(out, WITH_ALL | context))

    def athena_of(self, *groups: str) -> Any:
        """Return the client of a user who has the policies of some groups."""
        iam, name = self.cloud.client("iam"), "-".join(("user", *groups))
        iam.create_user(UserName=name)
        for group in GROUPS:
            if group.name in groups:
                policy = json.dumps(group.policy())
                iam.put_user_policy(
                    UserName=name, PolicyName=group.name, PolicyDocument=policy
                )
        key = iam.create_access_key(UserName=name)["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"])
        return session.client(
            "athena",
            endpoint_url=self.cloud.endpoint,
            region_name=REGION,
            verify=str(self.cloud.certificate),
        )


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    folder = tmp_path_factory.mktemp("tables")
    cloud = start_cloud(CLOUD_PYTHON, folder)
    try:
        yield Deployed(cloud, folder)
    finally:
        cloud.program.kill()


def _workgroups(stack: Deployed) -> list[str]:
    found = stack.cloud.client("athena").list_work_groups()["WorkGroups"]
    return [one["Name"] for one in found]


def test_the_setting_can_be_turned_on_and_off(stack: Deployed) -> None:
    before = stack.deploy(inventoryTables="false")
    outputs = stack.deploy()
    workgroup = outputs.pop("InventoryWorkgroup")
    assert outputs == before
    found = stack.cloud.client("athena").get_work_group(WorkGroup=workgroup)
    result = found["WorkGroup"]["Configuration"]["ResultConfiguration"]
    assert result["OutputLocation"] == f"s3://{outputs['JobsBucketName']}/athena/"
    assert stack.deploy(inventoryTables="false") == before
    assert workgroup not in _workgroups(stack)
    stack.cloud.client("s3").head_bucket(Bucket=outputs["ResizedBucketName"])


def test_only_who_has_the_policy_may_query_and_only_in_the_workgroup(
    stack: Deployed,
) -> None:
    """The local cloud does not know which workgroup a running query is of."""
    workgroup = stack.deploy()["InventoryWorkgroup"]
    query = {"QueryString": "SELECT 1"}
    allowed = stack.athena_of("look", "tables")
    assert allowed.start_query_execution(**query, WorkGroup=workgroup)
    for client, name in (
        (allowed, "primary"),
        (stack.athena_of("look"), workgroup),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            client.start_query_execution(**query, WorkGroup=name)
