"""A stack whose Athena has the result already, and what a process has taken."""

from __future__ import annotations

import resource
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.response import StreamingBody

from bench.scale.comparison import deployment
from resize_on_upload.sizes.parser import parse

if TYPE_CHECKING:
    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.stack.deployment import Deployment

ORIGINAL, RESIZED = "original", "resized"
SIZES = '{"sizes": ["150x", "50x50", "x150"]}'
_OTHER_SIZES = SIZES.replace('"150x"', '{"geometry": "150x", "quality": 50}')


def sizes_of(kind: str) -> tuple[Size, ...]:
    """Return the sizes; a backfill is measured after one was changed."""
    return parse(_OTHER_SIZES if kind == "backfill" else SIZES)


@dataclass(frozen=True, slots=True)
class Answers:
    """The clients of S3 and Athena."""

    csv: Path

    def get_bucket_metadata_configuration(self, **_: Any) -> dict[str, Any]:
        """Return that a table is complete."""
        inventory = {"ConfigurationState": "ENABLED", "TableStatus": "ACTIVE"}
        found = {"InventoryTableConfigurationResult": inventory}
        result = {"MetadataConfigurationResult": found}
        return {"GetBucketMetadataConfigurationResult": result}

    def start_query_execution(self, **_: Any) -> dict[str, Any]:
        """Return an id."""
        return {"QueryExecutionId": "measured"}

    def get_query_execution(self, **_: Any) -> dict[str, Any]:
        """Return that the query has succeeded."""
        place = {"OutputLocation": "s3://jobs/athena/measured.csv"}
        status = {"State": "SUCCEEDED"}
        return {"QueryExecution": {"Status": status, "ResultConfiguration": place}}

    def get_object(self, **_: Any) -> dict[str, Any]:
        """Return the result."""
        length = self.csv.stat().st_size
        return {"Body": StreamingBody(self.csv.open("rb"), length)}


def stack(csv: Path) -> Deployment:
    """Return the stack."""
    found = deployment(SIZES)
    found.outputs["InventoryWorkgroup"] = "tables"
    found.client("s3")  # the store of the function's variables is made with it
    vars(found)["store"] = found.store
    found._clients.update(s3=Answers(csv), athena=Answers(csv))  # noqa: SLF001 - in place of AWS
    return found


def peak_mb() -> float:
    """Return the peak of this process's memory in MB.

    `getrusage` has the peak of the process that started this one, if that was higher.
    """
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (one for one in status.read_text().splitlines() if "VmHWM" in one)
        return int(line.split()[1]) / 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
