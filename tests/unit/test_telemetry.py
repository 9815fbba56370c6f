"""The outcome in a key's log line: its event, level, reason and message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.errors import Contended, CorruptImage, Failed
from resize_on_upload.events.envelopes import Change
from resize_on_upload.imaging.hdr.dropped import Dropped
from resize_on_upload.outputs import log_line, telemetry
from resize_on_upload.reasons import SKIPPED, Reason
from resize_on_upload.reconcile.report import Report

if TYPE_CHECKING:
    from collections.abc import Callable

Logged = dict[str, Any]


@pytest.fixture
def log(
    capsys: pytest.CaptureFixture[str],
) -> Callable[[Report, Exception | None], Logged]:
    """Log one key and return its line."""

    def logged(report: Report, error: Exception | None) -> Logged:
        invocation = log_line.Invocation("f", "1", cold_start=False, metrics="all")
        decoder = log_line.Decoder(memory_mb=100)
        change = Change("photos-original", "a.png")
        telemetry.log(change, report, error, invocation, decoder)
        line: Logged = json.loads(capsys.readouterr().out)
        return line

    return logged


@pytest.mark.parametrize(
    ("error", "level", "reason", "message"),
    [
        (CorruptImage("broken"), "WARNING", "corrupt", "broken"),
        (Contended("others"), "ERROR", "contended", "others"),
        (Failed("other"), "ERROR", "internal-error", "other"),
        (KeyError("k"), "ERROR", "internal-error", "KeyError: 'k'"),
    ],
    ids=["rejected", "failed", "failed-without-a-reason", "unexpected"],
)
def test_an_error_has_a_reason_and_a_message(
    log: Callable[..., Logged],
    error: Exception,
    level: str,
    reason: str,
    message: str,
) -> None:
    """A rejected upload is a warning: only an internal failure is an error."""
    line = log(Report(source_id="v1"), error)
    outcome = "rejected" if level == "WARNING" else "failed"
    assert (line["event"], line["level"]) == (f"image.{outcome}", level)
    assert (line["reason"], line["message"]) == (reason, message)
    assert line[outcome] == 1


@pytest.mark.parametrize("hdr", [None, True, *Dropped])
def test_what_became_of_a_gain_map_is_logged(
    log: Callable[..., Logged],
    hdr: bool | Dropped | None,  # noqa: FBT001 - a value to log
) -> None:
    """Nothing if there was none."""
    assert log(Report(source_id="v1", hdr=hdr), None).get("hdr") == hdr


@pytest.mark.parametrize("reason", SKIPPED)
def test_a_skipped_key_has_a_reason_and_a_message(
    log: Callable[..., Logged], reason: Reason
) -> None:
    line = log(Report(skipped=reason), None)
    assert (line["event"], line["level"]) == ("image.skipped", "INFO")
    assert (line["reason"], line["message"]) == (reason, SKIPPED[reason])


@pytest.mark.parametrize(
    ("source_id", "event"), [("v1", "image.resized"), (None, "image.removed")]
)
def test_a_key_that_was_changed_has_no_reason(
    log: Callable[..., Logged], source_id: str | None, event: str
) -> None:
    line = log(Report(source_id=source_id, written=["9x/a.png"]), None)
    assert (line["event"], line["level"]) == (event, "INFO")
    assert not {"reason", "message"} & line.keys()


def test_variants_that_exceed_their_bytes_are_named(
    log: Callable[..., Logged],
) -> None:
    report = Report(source_id="v1")
    report.add_written("9x/a.png", 900, exceeds_max_bytes=False)
    assert "exceeds_max_bytes" not in log(report, None)
    report.add_written("8x/a.png", 800, exceeds_max_bytes=True)
    line = log(report, None)
    assert line["exceeds_max_bytes"] == ["8x/a.png"]
    assert (line["sizes_written"], line["bytes_written"]) == (2, 1_700)


def test_waiting_for_s3_is_logged_and_counted_only_if_there_was_any(
    log: Callable[..., Logged],
) -> None:
    report = Report(source_id="v1")
    assert not {"throttled", "throttled_ms"} & log(report, None).keys()
    report.add_throttled(1.5)
    report.add_throttled(0.25)
    line = log(report, None)
    assert (line["throttled"], line["throttled_ms"]) == (2, 1_750)
    declared = line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    assert {"Name": "throttled", "Unit": "Count"} in declared


@pytest.mark.parametrize("error", [CorruptImage(""), Contended("")])
def test_rejected_and_failed_uploads_are_counted_by_reason(
    log: Callable[..., Logged], error: Exception
) -> None:
    declared = log(Report(), error)["_aws"]["CloudWatchMetrics"]
    assert declared[1]["Dimensions"] == [["function_name", "reason"]]
