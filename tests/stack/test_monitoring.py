"""The alarms, the dashboard and the saved queries."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.outputs.telemetry import ESSENTIAL_METRICS
from tests.support.templates import alarms, resources, text
from tools import parser

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth


def test_every_alarm_goes_to_one_topic_and_says_what_to_do(template: Document) -> None:
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
def test_an_alarm_s_e_mail_says_what_to_do(synth: Synth, name: str) -> None:
    """Whole commands to paste: who reads it at night has no checkout at hand."""
    for short, alarm in alarms(synth(stackName=name)).items():
        told = text(alarm["AlarmDescription"])
        assert "docs/" not in told
        commands = re.findall(r"(?:aws|resize-on-upload) \w.*$", told, re.MULTILINE)
        assert commands, short
        assert all("--region <AWS::Region>" in command for command in commands)
        for command in re.findall(r"resize-on-upload (.*) --region", told):
            assert parser.parse(shlex.split(command)).stack_name == name
        # CloudFormation's names for a queue or a log group of this stack.
        longest = re.sub(r"<(\w+)(\.\w+)?>", lambda found: found[1] + "x" * 90, told)
        assert len(longest.replace("<AWS::Region>", "us-isof-south-1")) <= 1_024


def test_the_alarms_name_where_to_look(template: Document) -> None:
    """The queue or the log, as they are called in the account."""
    told = {name: text(a["AlarmDescription"]) for name, a in alarms(template).items()}
    places = {
        "UploadsFailed": ("<ResizerFailed", "<ResizerLogs", "redrive failed"),
        "ManyRejected": ("<ResizerRejected", "redrive rejected --dry-run"),
        "Errors": ("<ResizerLogs",),
        "NearTimeout": ("<ResizerLogs", "$.duration_ms > 24000"),
        "NearMemoryLimit": ("<ResizerLogs", "$.memory_mb >= 1415"),
        "Runaway": ("<ResizerLogs", "<ResizerResizeOnUpload"),
        "Throttles": ("get-account-settings",),
    }
    assert told.keys() == places.keys()
    for name, expected in places.items():
        assert all(one in told[name] for one in expected), told[name]


def test_alarms_may_publish_and_nobody_in_the_clear(template: Document) -> None:
    """A topic's own policy replaces the default one, which lets alarms publish."""
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


def test_metrics_and_dashboard_can_be_left_out(synth: Synth) -> None:
    """What the function does not measure has no alarm."""
    document = synth(metrics="none", dashboard="false", alarmEmail="ops@example.com")
    assert sorted(alarms(document)) == [
        *("Errors", "NearTimeout", "Throttles", "UploadsFailed"),
    ]
    assert not list(resources(document, "AWS::CloudWatch::Dashboard"))
    (told,) = resources(document, "AWS::SNS::Subscription")
    assert (told["Protocol"], told["Endpoint"]) == ("email", "ops@example.com")


def test_the_dashboard_shows_what_the_function_measures(template: Document) -> None:
    """Each of our own metrics in it is one that log lines declare."""
    (board,) = resources(template, "AWS::CloudWatch::Dashboard")
    body = text(board["DashboardBody"])
    ours = set(re.findall(r'"ResizeOnUpload","(\w+)"', body))
    assert ours == {
        *("uploads", "sizes_written", "memory_mb", "cold_starts"),
        *("source_bytes", "bytes_written"),
    }
    assert ours <= ESSENTIAL_METRICS.keys()
    titles = re.findall(r'"title":"([^"]+)"', body)
    assert titles[:4] == [
        "Alarms",
        "Uploads and variants written",
        "Rejected uploads by reason",
        "Failed uploads and the age of the oldest",
    ]


UNITS = {
    "ApproximateAgeOfOldestMessage": "seconds",
    "Duration": "ms",
    "memory_mb": "MB",
    "source_bytes": "bytes",
    "bytes_written": "bytes",
}


def test_no_axis_of_the_dashboard_has_two_units(template: Document) -> None:
    """One failed upload beside 86,400 seconds is invisible on the same axis."""
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


def test_the_dashboard_has_a_url_where_there_is_one(
    synth: Synth, template: Document
) -> None:
    url = text(template["Outputs"]["DashboardUrl"]["Value"])
    (board,) = (name for name in template["Resources"] if "Dashboard" in name)
    assert re.fullmatch(rf"https://<AWS::Region>\.\S+#dashboards:name=<{board}>", url)
    assert "DashboardUrl" not in synth(dashboard="false")["Outputs"]


def test_two_queries_of_the_log_are_ready(template: Document) -> None:
    found = list(resources(template, "AWS::Logs::QueryDefinition"))
    assert [query["Name"] for query in found]
    assert len(found) == 2
