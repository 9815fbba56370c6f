"""The alarms, the dashboard and the saved queries."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.outputs.telemetry import ESSENTIAL_METRICS
from resize_on_upload_cli import parser
from scripts import dashboard
from tests.support.templates import alarms, resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth


def test_every_alarm_notifies_one_topic_and_is_documented(template: Document) -> None:
    documented = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
    found = alarms(template)
    assert sorted(found) == [
        *("Errors", "ManyRejected", "NearMemoryLimit", "NearTimeout"),
        *("Runaway", "Throttles", "UploadsFailed"),
    ]
    for name, alarm in found.items():
        (action,) = alarm["AlarmActions"]
        assert action["Ref"].startswith("MonitoringAlarms")
        assert alarm["TreatMissingData"] == "notBreaching"
        assert f"| `{name}` |" in documented
        assert alarm["AlarmName"] == f"ResizeOnUpload-{name}"


@pytest.mark.parametrize("name", ["ResizeOnUpload", "S" * 128])
def test_an_alarm_e_mail_contains_whole_commands(synth: Synth, name: str) -> None:
    """Ready to paste: whoever reads it at night has no checkout at hand."""
    for short, alarm in alarms(synth(stackName=name)).items():
        description = text(alarm["AlarmDescription"])
        assert "docs/" not in description
        commands = re.findall(
            r"(?:aws|resize-on-upload) \w.*$", description, re.MULTILINE
        )
        assert commands, short
        assert all("--region <AWS::Region>" in command for command in commands)
        for command in re.findall(r"resize-on-upload (.*) --region", description):
            assert parser.parse(shlex.split(command)).stack_name == name
        # With CloudFormation's names of queues and log groups at their longest.
        longest = re.sub(
            r"<(\w+)(\.\w+)?>", lambda found: found[1] + "x" * 90, description
        )
        assert len(longest.replace("<AWS::Region>", "us-isof-south-1")) <= 1_024


def test_alarms_name_the_resources_to_look_at(template: Document) -> None:
    """The queue or the log group, by its name in the account."""
    found = alarms(template)
    descriptions = {name: text(found[name]["AlarmDescription"]) for name in found}
    places = {
        "UploadsFailed": ("<ResizerFailed", "<ResizerLogs", "redrive failed"),
        "ManyRejected": ("<ResizerRejected", "redrive rejected --dry-run"),
        "Errors": ("<ResizerLogs",),
        "NearTimeout": ("<ResizerLogs", "$.duration_ms > 24000"),
        "NearMemoryLimit": ("<ResizerLogs", "$.memory_mb >= 1415"),
        "Runaway": ("<ResizerLogs", "<ResizerResizeOnUpload"),
        "Throttles": ("get-account-settings",),
    }
    assert descriptions.keys() == places.keys()
    for name, expected in places.items():
        assert all(one in descriptions[name] for one in expected), descriptions[name]


def test_alarms_may_publish_and_only_over_tls(template: Document) -> None:
    """A topic policy replaces the default one, which lets alarms publish."""
    (policy,) = resources(template, "AWS::SNS::TopicPolicy")
    deny, allow = sorted(
        policy["PolicyDocument"]["Statement"],
        key=lambda statement: str(statement["Effect"]),
        reverse=True,
    )
    assert allow["Effect"] == "Allow"
    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Action"] == "sns:Publish"
    assert allow["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_thresholds_follow_the_settings(synth: Synth) -> None:
    found = alarms(synth(timeout="100", memorySize="1000"))
    assert found["NearTimeout"]["Threshold"] == 80_000  # milliseconds
    assert found["NearMemoryLimit"]["Threshold"] == 800
    assert found["UploadsFailed"]["Threshold"] == 1


def test_metrics_and_dashboard_are_optional(synth: Synth) -> None:
    """Without metrics there are no alarms on them."""
    document = synth(metrics="none", dashboard="false", alarmEmail="ops@example.com")
    assert sorted(alarms(document)) == [
        *("Errors", "NearTimeout", "Throttles", "UploadsFailed"),
    ]
    assert not list(resources(document, "AWS::CloudWatch::Dashboard"))
    (subscription,) = resources(document, "AWS::SNS::Subscription")
    assert (subscription["Protocol"], subscription["Endpoint"]) == (
        "email",
        "ops@example.com",
    )


def test_the_dashboard_shows_metrics_that_exist(template: Document) -> None:
    """Each of the function's metrics is one that log lines declare."""
    (board,) = resources(template, "AWS::CloudWatch::Dashboard")
    body = text(board["DashboardBody"])
    shown = set(re.findall(r'"ResizeOnUpload","(\w+)"', body))
    assert shown == {
        *("uploads", "sizes_written", "memory_mb", "cold_starts"),
        *("source_bytes", "bytes_written"),
    }
    assert shown <= ESSENTIAL_METRICS.keys()
    titles = re.findall(r'"title":"([^"]+)"', body)
    assert titles[:4] == [
        "Alarms",
        "Uploads and variants written",
        "Rejected uploads by reason",
        "Failed uploads, age of the oldest in seconds",
    ]


UNITS = {
    "ApproximateAgeOfOldestMessage": "seconds",
    "Duration": "ms",
    "memory_mb": "MB",
    "source_bytes": "bytes",
    "bytes_written": "bytes",
}


def test_no_axis_of_the_dashboard_has_two_units(template: Document) -> None:
    """One failed upload is invisible on an axis that reaches 86,400 seconds."""
    (board,) = resources(template, "AWS::CloudWatch::Dashboard")
    widgets = json.loads(text(board["DashboardBody"]))["widgets"]
    graphs = [one["properties"] for one in widgets if one["type"] == "metric"]
    for graph in graphs:
        axes = graph["yAxis"]
        units: dict[str, set[str]] = {"left": set(), "right": set()}
        for row in graph["metrics"]:
            options = row[-1] if isinstance(row[-1], dict) else {}
            if "expression" not in options and options.get("visible", True):
                units[options.get("yAxis", "left")].add(UNITS.get(row[1], "count"))
        for side, found in units.items():
            assert len(found) <= 1
            assert bool(found) <= bool(axes.get(side, {}).get("label"))
            if found - {"count"}:
                assert axes[side]["label"] in found
    assert sum("right" in graph["yAxis"] for graph in graphs) == 2


def test_a_title_has_the_unit_that_its_words_leave_open(delivery: Document) -> None:
    """Counts need none: the title says of what."""
    (board,) = resources(delivery, "AWS::CloudWatch::Dashboard")
    for widget in json.loads(text(board["DashboardBody"]))["widgets"]:
        properties = widget["properties"]
        for axis in properties.get("yAxis", {}).values():
            if axis["label"] not in ("count", "uploads"):
                assert axis["label"] in properties["title"].lower().replace(
                    "mb", "MB"
                ).replace("us$", "US$"), properties["title"]


def test_the_dashboard_has_a_url_if_it_exists(synth: Synth, template: Document) -> None:
    """The same as in the alarms: its name is the stack's and the region's."""
    url = text(template["Outputs"]["DashboardUrl"]["Value"])
    name = "ResizeOnUpload-<AWS::Region>"
    assert re.fullmatch(rf"https://<AWS::Region>\.\S+#dashboards:name={name}", url)
    (board,) = resources(template, "AWS::CloudWatch::Dashboard")
    assert text(board["DashboardName"]) == name
    for alarm in alarms(template).values():
        assert text(alarm["AlarmDescription"]).endswith(f"\nDashboard: {url}")
    without = synth(dashboard="false")
    assert "DashboardUrl" not in without["Outputs"]
    for alarm in alarms(without).values():
        assert "Dashboard" not in text(alarm["AlarmDescription"])


def test_the_picture_of_the_dashboard_is_current(delivery: Document) -> None:
    """`python -m scripts.dashboard` was run after the last change."""
    assert dashboard.FILE.read_text() == dashboard.drawing(delivery)
    assert "example data" in dashboard.TITLE


def test_two_queries_of_the_log_are_saved(template: Document) -> None:
    found = list(resources(template, "AWS::Logs::QueryDefinition"))
    assert [query["Name"] for query in found]
    assert len(found) == 2
