"""CDK's validation and cdk-nag's AwsSolutions rules: no finding without a reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

PROGRAM = """
import json, sys, aws_cdk as cdk
from pathlib import Path
from cdk_nag import AwsSolutionsChecks
from stacks.resize_stack import ResizeStack
from stacks.configuration.settings import read
app = cdk.App(outdir=sys.argv[1], context=json.loads(sys.argv[2]))
settings = read(app.node.get_all_context(), Path("config/sizes.json"))
ResizeStack(app, "ResizeOnUpload", settings=settings)
cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
app.synth()
"""


def _findings(out: Path, context: dict[str, str], program: str = PROGRAM) -> list[Any]:
    subprocess.run(
        [sys.executable, "-c", program, str(out), json.dumps(context)],
        check=False,  # findings make synth fail; they are in the report
        cwd=ROOT,
        capture_output=True,
    )
    report = json.loads((out / "validation-report.json").read_text())
    return [v for plugin in report["pluginReports"] for v in plugin["violations"]]


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"originalBucket": "my-uploads", "uploaderPolicy": "true"},
        {"onDestroy": "delete-all", "carryOver": "tag:Team"},
        {"originalKmsKey": KEY, "resizedKmsKey": KEY, "resizedExpirationDays": "90"},
    ],
    ids=str,
)
def test_every_finding_is_accepted_with_a_reason(
    tmp_path: Path, context: dict[str, str]
) -> None:
    assert _findings(tmp_path, context) == []


def test_the_rules_are_really_applied(tmp_path: Path) -> None:
    """Without the reasons the same run has findings."""
    silent = "import stacks.nag as r; r.acknowledge = lambda *_: None\n" + PROGRAM
    rules = {f["ruleName"].split("[")[0] for f in _findings(tmp_path, {}, silent)}
    assert rules == {"AwsSolutions-IAM5", "AwsSolutions-S1", "AwsSolutions-SQS3"}
