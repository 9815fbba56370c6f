"""The alarms, graphs and saved query that exist only with delivery."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.outputs.request_log import REQUEST_METRICS
from tests.support.templates import alarms, resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ON_LAMBDA = {"RequestsKilled", "RequestsThrottled"}
ON_LOG_LINES = {"RequestsFailed", "S3RefusesCloudFront"}
OPERATIONS = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()


def _added(template: Document, delivery: Document) -> dict[str, Document]:
    before = alarms(template)
    return {n: alarm for n, alarm in alarms(delivery).items() if n not in before}


def test_delivery_has_its_own_alarms(template: Document, delivery: Document) -> None:
    added = _added(template, delivery)
    assert added.keys() == ON_LAMBDA | ON_LOG_LINES
    (topic,) = {alarm["AlarmActions"][0]["Ref"] for alarm in alarms(delivery).values()}
    assert topic.startswith("MonitoringAlarms")
    for name, alarm in added.items():
        assert alarm["TreatMissingData"] == "notBreaching"
        assert alarm["AlarmName"] == f"ResizeOnUpload-{name}"
        assert f"| `{name}` |" in OPERATIONS


def test_without_metrics_only_lambda_s_own_numbers_have_alarms(synth: Synth) -> None:
    without = {"metrics": "none"}
    added = _added(synth(**without), synth(**without, delivery="true"))
    assert added.keys() == ON_LAMBDA
    (row,) = re.findall(r"^\| `none` \| (.+) \|$", OPERATIONS, re.MULTILINE)
    assert all(f"`{name}`" in row for name in ON_LOG_LINES)


@pytest.mark.parametrize("name", ["ResizeOnUpload", "S" * 128])
def test_an_alarm_s_e_mail_has_whole_commands(synth: Synth, name: str) -> None:
    document = synth(delivery="true", stackName=name, resizedKmsKey=KEY)
    for short in ON_LAMBDA | ON_LOG_LINES:
        described = text(alarms(document)[short]["AlarmDescription"])
        commands = re.findall(r"aws \w.*$", described, re.MULTILINE)
        assert commands, short
        assert all(one.endswith("--region <AWS::Region>") for one in commands)
        assert "docs/" not in described
        # CloudFormation's names for a function, a bucket or a log group of this stack.
        longest = re.sub(r"<DeliveryDistribution\w+>", "E2QWRUHAPOMQZL", described)
        longest = re.sub(r"<(\w+)(\.\w+)?>", lambda one: one[1] + "x" * 90, longest)
        assert len(longest.replace("<AWS::Region>", "us-isof-south-1")) <= 1_024


def test_the_alarms_name_where_to_look(delivery: Document) -> None:
    found = alarms(delivery)
    places = {
        "S3RefusesCloudFront": (
            *("<Resized", "<DeliveryDistribution", "<OnRequestLogs", "s3:GetObject"),
            *("get-bucket-policy", '$.event = "request.refused"'),
        ),
        "RequestsFailed": ("<OnRequestLogs", '$.event = "request.failed"', "503"),
        "RequestsKilled": ("<OnRequestLogs", '"timed out"', "30 seconds", "memorySize"),
        "RequestsThrottled": ("requestConcurrency", "get-account-settings", "429"),
    }
    for name, expected in places.items():
        described = text(found[name]["AlarmDescription"])
        assert all(one in described for one in expected), described


@pytest.mark.parametrize(
    ("name", "counted", "share"),
    [("S3RefusesCloudFront", "refused", 0.1), ("RequestsFailed", "failed", 0.05)],
)
def test_an_alarm_on_a_share_of_requests(
    delivery: Document, name: str, counted: str, share: float
) -> None:
    """A few requests fire none: three periods of five minutes, five in each."""
    alarm = alarms(delivery)[name]
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (share, 3)
    expression, *metrics = alarm["Metrics"]
    assert expression["Expression"] == f"IF({counted} >= 5, {counted} / requests, 0)"
    assert {one["Id"] for one in metrics} == {counted, "requests"}
    for one in metrics:
        stat = one["MetricStat"]
        assert (stat["Period"], stat["Stat"]) == (300, "Sum")
        assert stat["Metric"]["MetricName"] == one["Id"]
        assert stat["Metric"]["Namespace"] == "ResizeOnUpload"
        (dimension,) = stat["Metric"]["Dimensions"]
        assert dimension["Name"] == "function_name"
        assert text(dimension["Value"]).startswith("<OnRequest")
        assert one["Id"] in REQUEST_METRICS["essential"]


@pytest.mark.parametrize(
    ("requests", "counted", "fires"),
    [
        (200, 0, False),  # everything is made; S3 refuses nothing
        (4, 4, False),
        (5, 5, True),
        (1_000, 10, False),
        (1_000, 1_000, True),
    ],
)
def test_a_share_of_requests_fires_an_alarm_from_a_least_number(
    delivery: Document, requests: int, counted: int, *, fires: bool
) -> None:
    """CloudWatch's metric math, for periods that have data."""
    numbers: dict[str, Any] = dict.fromkeys(("refused", "failed"), counted)
    numbers |= {"requests": requests, "IF": lambda test, yes, no: yes if test else no}
    for name in ON_LOG_LINES:
        alarm = alarms(delivery)[name]
        expression = alarm["Metrics"][0]["Expression"]
        value = eval(expression, {}, numbers)  # noqa: S307 - from this template
        assert (value >= alarm["Threshold"]) == fires


def test_alarms_on_lambda_s_numbers_are_about_the_on_request_function(
    delivery: Document,
) -> None:
    measured = {"RequestsKilled": "Errors", "RequestsThrottled": "Throttles"}
    for name, metric in measured.items():
        alarm = alarms(delivery)[name]
        assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/Lambda", metric)
        (dimension,) = alarm["Dimensions"]
        assert text(dimension["Value"]).startswith("<OnRequest")


def _graphs(template: Document) -> dict[str, Document]:
    (board,) = resources(template, "AWS::CloudWatch::Dashboard")
    widgets = json.loads(text(board["DashboardBody"]))["widgets"]
    return {
        one["properties"]["title"]: one["properties"]
        for one in widgets
        if one["type"] == "metric"
    }


def test_the_dashboard_has_two_more_rows(
    template: Document, delivery: Document
) -> None:
    before, after = _graphs(template), _graphs(delivery)
    assert [*after] == [
        *before,
        *("CloudFront: requests", "CloudFront: bytes sent"),
        "CloudFront: share of 4xx and 5xx in %",
        "On request: variants made, found, refused, failed",
        *("On request: duration in ms, p50, p99", "On request: errors, throttles"),
    ]
    assert {title: after[title] for title in before} == before


def test_the_graphs_of_delivery_show_what_exists(delivery: Document) -> None:
    """One unit per axis; the metrics of log lines are those that lines declare."""
    found = _graphs(delivery)
    units = {
        "CloudFront: requests": "count",
        "CloudFront: bytes sent": "bytes",
        "CloudFront: share of 4xx and 5xx in %": "%",
        "On request: variants made, found, refused, failed": "count",
        "On request: duration in ms, p50, p99": "ms",
        "On request: errors, throttles": "count",
    }
    for title, unit in units.items():
        assert found[title]["yAxis"] == {
            "left": {"label": unit, "min": 0, "showUnits": False}
        }
    rows = found["On request: variants made, found, refused, failed"]["metrics"]
    assert [row[1] for row in rows] == [
        "requests",
        "made",
        "found",
        "refused",
        "failed",
    ]
    assert {row[1] for row in rows} <= REQUEST_METRICS["essential"].keys()
    assert all(row[3].startswith("<OnRequest") for row in rows)
    durations = found["On request: duration in ms, p50, p99"]["metrics"]
    assert [row[-1]["stat"] for row in durations] == ["p50", "p99"]


def test_cloudfront_s_numbers_are_read_where_they_are(delivery: Document) -> None:
    """All distributions have their metrics in one region, maybe not the stack's."""
    for title, graph in _graphs(delivery).items():
        if not title.startswith("CloudFront"):
            continue
        for namespace, _, *dimensions in graph["metrics"]:
            assert namespace == "AWS/CloudFront"
            *pairs, options = dimensions
            assert pairs[pairs.index("Region") + 1] == "Global"
            distribution = pairs[pairs.index("DistributionId") + 1]
            assert distribution.startswith("<DeliveryDistribution")
            assert options["region"] == "us-east-1"


def test_a_saved_query_counts_requests(synth: Synth, delivery: Document) -> None:
    queries = {
        one["Name"]["Fn::Join"][1][1]: one
        for one in resources(delivery, "AWS::Logs::QueryDefinition")
    }
    assert queries.keys() == {"/Rejected", "/Slowest", "/Requests"}
    query = queries["/Requests"]
    assert [text(one)[:14] for one in query["LogGroupNames"]] == ["<OnRequestLogs"]
    assert r"event like /^request\./" in query["QueryString"]
    without = synth(delivery="true", dashboard="false")
    assert not list(resources(without, "AWS::Logs::QueryDefinition"))
    assert not list(resources(without, "AWS::CloudWatch::Dashboard"))
