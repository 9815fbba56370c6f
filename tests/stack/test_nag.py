"""CDK's validation and cdk-nag's AwsSolutions rules: clean, or each with its reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

CONTEXTS: list[dict[str, str]] = [
    {},
    {"originalBucket": "my-uploads", "uploaderPolicy": "true"},
    {"onDestroy": "delete-all", "carryOver": "tag:Team"},
    {"originalKmsKey": KEY, "resizedKmsKey": KEY, "resizedExpirationDays": "90"},
    {"delivery": "true"},
    {"delivery": "true", "originalBucket": "my-uploads", "carryOver": "tag:Team"},
]

# Findings make synth fail; the report says which.
PROGRAM = """
import contextlib, json, sys, aws_cdk as cdk
from cdk_nag import AwsSolutionsChecks
from app import build
from unittest import mock
def check(out, context):
    app = build(cdk.App(outdir=out, context=context))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with contextlib.suppress(Exception):
        app.synth()
for number, context in enumerate(json.loads(sys.argv[2])):
    check(f"{sys.argv[1]}/{number}", context)
with mock.patch("stacks.nag.Validations"):
    check(f"{sys.argv[1]}/without-reasons", {})
    check(f"{sys.argv[1]}/delivery-without-reasons", {"delivery": "true"})
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of reports by one process: CDK's rules take five seconds to load."""
    folder = tmp_path_factory.mktemp("nag")
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), json.dumps(CONTEXTS)],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    return folder


def _findings(out: Path) -> list[Any]:
    report = json.loads((out / "validation-report.json").read_text())
    return [v for plugin in report["pluginReports"] for v in plugin["violations"]]


@pytest.mark.parametrize("number", range(len(CONTEXTS)), ids=CONTEXTS.__getitem__)
def test_every_finding_is_accepted_with_a_reason(reports: Path, number: int) -> None:
    assert _findings(reports / str(number)) == []


def test_the_rules_are_really_applied(reports: Path) -> None:
    """Without the reasons the same run has findings."""
    rules = _rules(reports / "without-reasons")
    assert rules == {"AwsSolutions-IAM5", "AwsSolutions-S1", "AwsSolutions-SQS3"}
    more = _rules(reports / "delivery-without-reasons") - rules
    assert more == {f"AwsSolutions-CFR{number}" for number in range(1, 5)}


def _rules(out: Path) -> set[str]:
    return {finding["ruleName"].split("[")[0] for finding in _findings(out)}
