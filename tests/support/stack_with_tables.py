"""A deployment in memory with inventory tables."""

from __future__ import annotations

from typing import Any

from tests.support.fake_athena import FakeAthena
from tests.support.fake_stack import JOBS, ORIGINAL, RESIZED, FakeStack


def _configured(bucket: str) -> dict[str, Any]:
    return {
        "DestinationResult": {"TableNamespace": f"b_{bucket}"},
        "InventoryTableConfigurationResult": {
            "ConfigurationState": "ENABLED",
            "TableStatus": "ACTIVE",
            "TableName": "inventory",
        },
    }


class StackWithTables(FakeStack):
    """The stack, whose Athena answers from both buckets."""

    def __init__(self, sizes: str, **options: Any) -> None:
        super().__init__(sizes, **options)
        self.athena = FakeAthena(self.s3, JOBS)
        self._clients["athena"] = self.athena
        self.outputs["InventoryWorkgroup"] = "tables"
        self.tables = {name: _configured(name) for name in (ORIGINAL, RESIZED)}
        self._clients["s3"].get_bucket_metadata_configuration = self._configuration

    def _configuration(self, **call: str) -> dict[str, Any]:
        found = {"MetadataConfigurationResult": self.tables[call["Bucket"]]}
        return {"GetBucketMetadataConfigurationResult": found}
