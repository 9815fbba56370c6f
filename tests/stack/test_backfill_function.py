"""The function for backfills: as the one for uploads, with its own concurrency."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.templates import alarms, grants, resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth


@pytest.fixture(scope="module")
def backfills(synth: Synth) -> Document:
    """The template of the defaults with a function for backfills."""
    return synth(backfillConcurrency="7", reservedConcurrency="20")


def _functions(document: Document) -> dict[str, Document]:
    """Return logical id → properties."""
    return {
        name: one["Properties"]
        for name, one in document["Resources"].items()
        if one["Type"] == "AWS::Lambda::Function"
    }


def _named(document: Document, start: str) -> str:
    (found,) = (name for name in _functions(document) if name.startswith(start))
    return found


def test_it_is_the_same_but_for_its_concurrency(backfills: Document) -> None:
    """Image, role, environment, log, memory and time-out."""
    found = _functions(backfills)
    uploads = found[_named(backfills, "ResizerResizeOnUpload")]
    backfill = found[_named(backfills, "ResizerBackfill")]
    different = {"Description", "ReservedConcurrentExecutions"}
    assert {k: v for k, v in backfill.items() if k not in different} == {
        k: v for k, v in uploads.items() if k not in different
    }
    assert uploads["ReservedConcurrentExecutions"] == 20
    assert backfill["ReservedConcurrentExecutions"] == 7
    assert len(found) == 2


def test_what_fails_is_in_the_same_queue(backfills: Document) -> None:
    first, second = resources(backfills, "AWS::Lambda::EventInvokeConfig")
    assert first["FunctionName"] != second["FunctionName"]
    for name in first.keys() - {"FunctionName"}:
        assert first[name] == second[name]


def test_jobs_may_invoke_it_and_no_other(
    backfills: Document, template: Document
) -> None:
    (actions, function) = grants(backfills)["Invoke"]
    assert actions == {"lambda:InvokeFunction"}
    assert function == f"<{_named(backfills, 'ResizerBackfill')}.Arn>"
    without = grants(template)["Invoke"][1]
    assert without == f"<{_named(template, 'Resizer')}.Arn>"


def test_s3_invokes_the_function_for_uploads_only(backfills: Document) -> None:
    uploads = _named(backfills, "ResizerResizeOnUpload")
    (permission,) = resources(backfills, "AWS::Lambda::Permission")
    assert text(permission["FunctionName"]) == f"<{uploads}.Arn>"
    (original,) = (
        one
        for one in resources(backfills, "AWS::S3::Bucket")
        if "NotificationConfiguration" in one
    )
    for one in original["NotificationConfiguration"]["LambdaConfigurations"]:
        assert text(one["Function"]) == f"<{uploads}.Arn>"


def test_the_permissions_are_those_without_it(
    backfills: Document, template: Document
) -> None:
    """Except for the function that jobs may invoke."""
    before, after = grants(template), grants(backfills)
    assert before.keys() == after.keys()
    assert [sid for sid in after if before[sid] != after[sid]] == ["Invoke"]


def test_its_name_is_an_output(backfills: Document, template: Document) -> None:
    assert backfills["Outputs"].keys() - template["Outputs"].keys() == {
        "BackfillFunctionName"
    }
    value = text(backfills["Outputs"]["BackfillFunctionName"]["Value"])
    assert value == f"<{_named(backfills, 'ResizerBackfill')}>"


def test_no_alarm_is_about_it(backfills: Document, template: Document) -> None:
    """Throttles are normal in a backfill; failures are in the same queue."""
    assert alarms(backfills).keys() == alarms(template).keys()
    for alarm in alarms(backfills).values():
        assert "ResizerBackfill" not in str(alarm)


def test_the_dashboard_has_a_row_about_it(
    backfills: Document, template: Document
) -> None:
    (board,) = resources(backfills, "AWS::CloudWatch::Dashboard")
    (before,) = resources(template, "AWS::CloudWatch::Dashboard")
    body = text(board["DashboardBody"])
    name = _named(backfills, "ResizerBackfill")
    assert body.count("Backfills: ") == 3
    assert f'"function_name","<{name}>"' in body
    assert f'"FunctionName","<{name}>"' in body
    assert "Backfills: " not in text(before["DashboardBody"])


def test_with_an_image_in_ecr_it_uses_that(synth: Synth) -> None:
    image = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/resize-on-upload:0.2.0"
    document = synth(backfillConcurrency="7", imageUri=image)
    used = {str(one["Code"]["ImageUri"]) for one in _functions(document).values()}
    assert used == {image}
