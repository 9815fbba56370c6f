"""`estimate`: made at upload or on request, and what views cost."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cdk.intake import queue
from resize_on_upload_cli.costs import (
    delivery_cost,
    intake_cost,
    tables_cost,
    upload_cost,
)
from resize_on_upload_cli.costs.delivery_cost import (
    MeanSize,
    of_size,
    of_sizes,
    of_uploads,
)
from resize_on_upload_cli.costs.sweep_cost import of_sweep
from resize_on_upload_cli.costs.upload_cost import MeanUpload
from resize_on_upload_cli.costs.view_cost import of_views
from resize_on_upload_cli.stack import cloudwatch
from resize_on_upload_cli.stack.cloudwatch import RecentUploads
from resize_on_upload_cli.stack.viewer import Viewer
from tests.protocol.explorer import make_variants
from tests.support import images
from tests.support.fake_edge import serving
from tests.support.fake_stack import FakeStack, run_command

ROOT = Path(__file__).parents[2]
SIZES = """{"sizes": [
    "9x",
    {"geometry": "5x", "make": "request"},
    {"geometry": "4x", "make": "request"}
]}"""
LARGE = MeanSize("1200x", alone_ms=60, added_ms=20, bytes=100_000)
SMALL = MeanSize("150x", alone_ms=40, added_ms=2, bytes=5_000)
SECOND = 1_769 / 1_024 * 0.0000166667
"""US dollars for a second of a whole core."""


def _calls(stack: FakeStack) -> Counter[str]:
    """Count the calls of S3 from now on."""
    calls: Counter[str] = Counter()

    def count(name: str, _: Any) -> None:
        calls[name] += 1

    stack.s3.before = count
    return calls


def test_the_calls_of_a_request_are_those_that_are_priced() -> None:
    """And one GET of CloudFront's, which finds nothing."""
    stack = FakeStack(SIZES)
    stack.upload("a.png", b"A")
    with serving(stack):
        calls = _calls(stack)
        assert Viewer().get(f"{stack.url}5x/a.png").on_request == "made"
    assert calls == {"HeadObject": 3, "GetObject": 2, "PutObject": 1}
    assert delivery_cost.REQUEST_READS == 1 + 3 + 2
    assert delivery_cost.REQUEST_WAIT_MS == 3 * 15 + 2 * 25 + 30


def test_the_calls_of_an_upload_are_those_that_are_priced() -> None:
    """It looks for what is made on request, and for nothing else."""
    stack = FakeStack(SIZES)
    stack.upload("a.png", b"A")
    calls = _calls(stack)
    config = ReconcileConfig(stack.store, stack.sizes, make_variants)
    reconcile("a.png", config, Report(), created=True)
    assert calls == {"HeadObject": 2 + 1, "GetObject": 1, "PutObject": 1}
    reads = 4 * 0.0000004
    expected = 0.0000002 + 0.000005 + reads
    assert upload_cost.request_dollars(1, looked_for=2) == pytest.approx(expected)


def test_one_size_is_compared_with_what_it_adds_to_an_upload() -> None:
    """A PUT, its own milliseconds and storage; or all that a request takes."""
    choice = of_size(LARGE, 1_769)
    year = 100_000 / 1e9 * 0.023 * 12
    assert choice.seconds == pytest.approx(0.06 + 0.01 + 0.125)
    assert choice.at_upload == pytest.approx(0.000005 + 0.02 * SECOND + year)
    on_request = 0.0000002 + 0.000005 + 6 * 0.0000004 + 0.195 * SECOND
    assert choice.on_request == pytest.approx(on_request + year)
    assert choice.share == pytest.approx(choice.at_upload / choice.on_request)


def test_all_sizes_are_compared_with_the_whole_upload() -> None:
    """Without any, an upload reads nothing: it only looks for two variants."""
    *each, together = of_sizes([SMALL, LARGE], 65, 1_769, manifest=False)
    assert [one.name for one in (*each, together)] == ["150x", "1200x", "all"]
    stored = 105_000 / 1e9 * 0.023 * 12
    seconds = 0.065 + 0.01 + 0.07 - 0.015
    requests = 2 * 0.000005 + (2 - 2) * 0.0000004
    assert together.at_upload == pytest.approx(seconds * SECOND + requests + stored)
    assert together.on_request == pytest.approx(sum(one.on_request for one in each))


def test_a_manifest_is_made_of_the_decoded_image_in_any_case() -> None:
    """So each size only adds to it, also if none is made at the upload."""
    *each, together = of_sizes([SMALL, LARGE], 65, 1_769, manifest=True)
    assert together.at_upload == pytest.approx(sum(one.at_upload for one in each))


def test_a_single_size_is_all_of_them() -> None:
    (choice,) = of_sizes([LARGE], 60, 1_769, manifest=False)
    assert choice.name == "all"


@given(
    st.floats(0, 30_000),
    st.floats(0, 1),
    st.floats(0, 5e7),
    st.sampled_from([512, 3_008]),
)
def test_there_is_a_share_for_every_size(
    alone: float, part: float, size: float, memory: int
) -> None:
    choice = of_size(MeanSize("9x", alone, alone * part, size), memory)
    assert 0 < choice.share <= 1
    assert choice.at_upload > 0
    assert choice.seconds >= 0.125


def test_measured_uploads_are_compared_as_a_whole() -> None:
    mean = MeanUpload(200, 3e6, 50_000, 4)
    choice = of_uploads(mean, 1_769, manifest=False)
    assert choice
    stored = 50_000 / 1e9 * 0.023 * 12
    assert choice.seconds == pytest.approx(0.2 + 0.055)
    requests = 4 * 0.000005 + (2 - 4) * 0.0000004
    assert choice.at_upload == pytest.approx(0.185 * SECOND + requests + stored)
    with_manifest = of_uploads(mean, 1_769, manifest=True)
    assert with_manifest
    assert with_manifest.at_upload == pytest.approx(3 * 0.000005 + stored)
    assert of_uploads(MeanUpload(9, 9, 9, 1), 1_769, manifest=True) is None


def test_views_cost_requests_transfer_and_the_edge_function() -> None:
    views = of_views(20_000)
    assert (views.requests, views.edge_function) == pytest.approx((1.0, 0.1))
    assert views.transfer == pytest.approx(20 * 0.085)
    assert views.total == pytest.approx(2.8)
    assert views.firewall == pytest.approx(0.6)
    document = views.document()
    assert (document["total"], document["firewall_month"]) == (2.8, 8.0)


def test_the_deployed_sizes_decide_what_is_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """They say what is looked for, and whether there are manifests."""
    stack = FakeStack('{"make": "request", "manifest": true, "sizes": ["9x", "5x"]}')
    recent = RecentUploads(7, MeanUpload(100, 3e6, 900, 1), 1_769)
    monkeypatch.setattr(cloudwatch, "recent_uploads", lambda *_: recent)
    assert run_command(stack, "estimate --json") == 0
    document = json.loads(capsys.readouterr().out)
    # A PUT; a GET and three HEADs; the invocation.
    assert document["requests"] == pytest.approx(5.0 + 4 * 0.4 + 0.2)
    assert document["delivery"]["sizes"] == []
    assert document["delivery"]["views"]["bytes"] == 900
    assert run_command(stack, "estimate") == 0
    assert "viewed" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sizes", "at_upload"),
    [
        (SIZES, 1),
        ('{"make": "request", "sizes": ["9x", "5x"]}', 0),
        ('{"make": "request", "manifest": true, "sizes": ["9x", "5x"]}', 1),
    ],
    ids=["some", "all", "all-but-the-manifest"],
)
def test_files_are_measured_in_every_size(
    sizes: str, at_upload: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whenever it is made; the upload is measured with what is made then."""
    stack, photo = FakeStack(sizes), _photo(tmp_path)
    assert run_command(stack, f"estimate {photo} --json") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [size.name for size in parse(sizes) if not size.suffix]
    for row in rows:
        reads = 2 + len(parse(sizes)) - at_upload
        assert row["requests"] == pytest.approx(0.2 + at_upload * 5 + reads * 0.4)
        listed = row["delivery"]["sizes"]
        assert [one["name"] for one in listed] == [*names, "all"]
        assert all(0 < one["cheaper_on_request_below"] < 1 for one in listed)
        assert all(one["at_upload"] < one["on_request"] for one in listed)
    assert run_command(stack, f"estimate {photo}") == 0
    printed = capsys.readouterr().out
    assert printed.count(" % are viewed\n") == len(names) + 1
    assert "1,000,000 views of " in printed
    assert max(map(len, printed.splitlines())) <= 110


def _shape(text: str) -> list[str]:
    """The lines, with `#` for every number and single spaces."""
    lines = text.strip().splitlines()
    return [" ".join(re.sub(r"[\d.,]+\b", "#", line).split()) for line in lines]


def _shown(document: str) -> list[str]:
    """What a document shows of the output of `estimate photo.jpg`."""
    text = (ROOT / "docs" / document).read_text()
    block = text.split("$ resize-on-upload estimate photo.jpg\n", 1)[1]
    return _shape(block.split("```", 1)[0].replace("…\n", ""))


def test_the_documents_show_what_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Costs in one document, delivery's in another, with the default sizes."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(images.encoded("jpeg", 300, 200))
    stack = FakeStack((ROOT / "config" / "sizes.json").read_text())
    assert run_command(stack, f"estimate {photo}") == 0
    printed = _shape(capsys.readouterr().out)
    shown = [*_shown("operations.md"), "", *_shown("delivery-operations.md")]
    assert shown == printed


@pytest.mark.parametrize(
    "sizes",
    ['{"sizes": ["9x", "5x"]}', '{"sizes": ["9x"], "manifest": true}', SIZES],
    ids=["two", "manifest", "on request"],
)
def test_the_calls_of_a_sweep_are_those_that_are_priced(sizes: str) -> None:
    """Of an original that needs nothing: its HEAD, its rejection's, each variant's."""
    stack = FakeStack(sizes)
    stack.upload("a.png", b"A")
    config = ReconcileConfig(
        stack.store, stack.sizes, make_variants, keep_rejections=True
    )
    reconcile("a.png", config, Report(), created=True)
    calls = _calls(stack)
    reconcile("a.png", config, Report())
    assert calls == {"HeadObject": 2 + len(stack.sizes)}
    sweep = of_sweep(1, len(stack.sizes), 1_769)
    assert sweep.requests == pytest.approx(calls.total() * 0.0000004)


def _photo(folder: Path) -> Path:
    photo = folder / "photo.png"
    photo.write_bytes(images.png(60, 40))
    return photo


def _rows(stack: FakeStack, photo: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what is printed for each memory size, for two million uploads."""
    assert run_command(stack, f"estimate {photo} --uploads 2000000 --json") == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_sweep_is_priced_for_each_memory_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job, a million objects, invocations of 50 ms, and HEADs; 52 times per year."""
    stack, photo = FakeStack(SIZES), _photo(tmp_path)
    rows = _rows(stack, photo, capsys)
    for row in rows:
        sweep = row["sweep"]
        seconds = 0.05 * row["memory"] / 1_769
        assert sweep["originals"] == 2_000_000
        assert sweep["job"] == pytest.approx(0.25 + 2 * 1.015)
        assert sweep["compute"] == pytest.approx(2e6 * seconds * SECOND + 0.4, abs=0.01)
        assert sweep["requests"] == pytest.approx(2 * 5 * 0.4)
        parts = (sweep[name] for name in ("job", "compute", "requests"))
        assert sweep["total"] == pytest.approx(sum(parts), abs=0.02)
        assert sweep["month"] == pytest.approx(sweep["total"] * 365 / 84, abs=0.05)
    assert run_command(stack, f"estimate {photo}") == 0
    printed = capsys.readouterr().out
    assert "A sweep of 1,000,000 originals that are up to date: job 1.27" in printed
    assert "Every week (sweep=weekly): " in printed


def test_settings_are_priced_for_each_memory_size(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One variant is written per upload, of the three sizes."""
    stack, photo = FakeStack(SIZES), _photo(tmp_path)
    rows = _rows(stack, photo, capsys)
    assert len(rows) > 1
    for row in rows:
        assert row["intake"] == {"alone": 2.4, "burst": 0.6, "month": 0.26}
        assert row["idle"] == {
            "alarms": 0.8,
            "dashboard": 3.0,
            "image": 0.01,
            "total": 3.81,
        }
        assert row["tables"] == {
            "objects": 4_000_000,
            "uploads": 1.2,
            "once": 1.2,
            "month": 0.02,
            "query": 0.0012,
        }
    assert run_command(stack, f"estimate {photo}") == 0
    printed = capsys.readouterr().out
    assert "(intake=queue): 1.20 more, or 0.30 in a burst; 0.26 per" in printed
    assert "(inventoryTables=true): 0.60 more, and 0.01 per month" in printed
    assert "of storage; a query less than 0.01.\n" in printed
    assert "Tables of 1,000,000 originals that exist already: 0.60, once." in printed
    assert "image 0.01; total 3.81 per month." in printed


def test_a_batch_is_as_large_as_the_stack_makes_it() -> None:
    assert intake_cost.BATCH_SIZE == queue.BATCH_SIZE


@pytest.mark.parametrize(
    ("originals", "once", "month", "query"),
    [
        (10**8, 120.0, 1.97, 0.1164),
        (10**9, 1_200.0, 19.74 + 300.0, 1.1642),  # more than 10⁹ variants
        (2 * 10**9, 2_400.0, 39.49 + 800.0, 2.3283),
        (1, 0.0, 0.0, 0.0),
    ],
)
def test_tables_of_large_libraries_cost_more_per_month(
    originals: int, once: float, month: float, query: float
) -> None:
    found = tables_cost.of_tables(originals, 3).document()
    assert found["objects"] == 4 * originals
    assert (found["once"], found["month"], found["query"]) == (once, month, query)
