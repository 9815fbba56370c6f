"""CDK's validation and cdk-nag's AwsSolutions rules: clean, or each with its reason."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.viewer_keys import pem, private_key

ROOT = Path(__file__).parents[2]

ID = "1234abcd-12ab-34cd-56ef-1234567890ab"
KEY = f"arn:aws:kms:eu-central-1:111122223333:key/{ID}"

ACCESS: dict[str, dict[str, str]] = {
    "AwsSolutions-CFR2": {
        "webAcl": f"arn:aws:wafv2:us-east-1:111122223333:global/webacl/photos/{ID}"
    },
    "AwsSolutions-CFR3": {"accessLogs": "true"},
    "AwsSolutions-CFR4": {
        "domainNames": "images.example.com",
        "certificate": f"arn:aws:acm:us-east-1:111122223333:certificate/{ID}",
    },
}
"""Finding → the settings without which a distribution has it."""

CONTEXTS: list[dict[str, str]] = [
    {},
    {"originalBucket": "my-uploads", "uploaderPolicy": "true"},
    {"onDestroy": "delete-all", "carryOver": "tag:Team"},
    {"originalKmsKey": KEY, "resizedKmsKey": KEY, "resizedExpirationDays": "90"},
    {"delivery": "true"},
    {"delivery": "true", "originalBucket": "my-uploads", "carryOver": "tag:Team"},
    *({"delivery": "true"} | settings for settings in ACCESS.values()),
    {"delivery": "true", "viewerKey": "public.pem"},
    {"delivery": "true", "corsOrigins": "https://example.com"},
    {"delivery": "true", "resizedKmsKey": KEY, "onDestroy": "delete-all"}
    | {"viewerKey": "public.pem", "corsOrigins": "https://example.com"}
    | {key: value for one in ACCESS.values() for key, value in one.items()},
    {"delivery": "true", "invalidate": "true", "versionedUrls": "true"},
    {"delivery": "true", "uploadPage": "true"},
    {"delivery": "true", "uploadPage": "true", "originalBucket": "my-uploads"}
    | {"originalKmsKey": KEY, "uploadPrefix": "a/b/", "uploadAccess": "iam"},
    {"firewall": "true"},
    {"backfillConcurrency": "9", "sweep": "weekly"},
    {"inventoryTables": "true", "resizedKmsKey": KEY},
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
with mock.patch("resize_on_upload_cdk.nag.Validations"):
    for name, context in json.loads(sys.argv[3]).items():
        check(f"{sys.argv[1]}/{name}", context)
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of reports by one process: CDK's rules take five seconds to load."""
    folder = tmp_path_factory.mktemp("nag")
    (folder / "public.pem").write_text(pem(private_key()))
    unexplained = {
        "without-reasons": {},
        "delivery-without-reasons": {"delivery": "true"},
        **{rule: {"delivery": "true"} | settings for rule, settings in ACCESS.items()},
    }
    texts = (json.dumps(one) for one in (CONTEXTS, unexplained))
    contexts = (one.replace("public.pem", f"{folder}/public.pem") for one in texts)
    subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder), *contexts],
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


@pytest.mark.parametrize("rule", ACCESS)
def test_no_finding_is_accepted_that_a_setting_removes(
    reports: Path, rule: str
) -> None:
    """A reason is given if the setting is off, when it is true."""
    every = {f"AwsSolutions-CFR{number}" for number in range(1, 5)}
    assert every & _rules(reports / rule) == every - {rule}


def _rules(out: Path) -> set[str]:
    return {finding["ruleName"].split("[")[0] for finding in _findings(out)}
