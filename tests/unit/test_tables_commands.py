"""`plan` and `backfill` with --from tables, and what can go wrong with Athena."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from resize_on_upload.reconcile.recipe import recipe_of
from resize_on_upload_cli.errors import DeploymentError, UnfinishedError, UsageError
from resize_on_upload_cli.stack.clock import Clock
from resize_on_upload_cli.tables.age import MAX_LAG
from tests.support import commands_schema
from tests.support.fake_account import client_error
from tests.support.fake_athena import FakeAthena
from tests.support.fake_stack import JOBS, ORIGINAL, RESIZED, run_command
from tests.support.stack_with_tables import StackWithTables

if TYPE_CHECKING:
    from collections.abc import Callable

SIZES = '{"sizes": ["9x"]}'
WRITTEN = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
ENDED = {"Status": "Complete", "ProgressSummary": {}}


@pytest.fixture
def stack() -> StackWithTables:
    """Two originals that are missing, one that is current, and a dropped size."""
    stack = StackWithTables(SIZES)
    for key in ("a b+c.png", "é'\"\n.png"):
        stack.upload(key)
    source = stack.upload("current.png")
    made_by = recipe_of(stack.sizes[0], stack.sizes)
    stack.put_variant("9x/current.png", source=source, recipe=made_by, prefix="9x")
    stack.put_variant("old/current.png", source=source, recipe=made_by, prefix="old")
    stack.clock = Clock(stack.clock.monotonic, lambda: WRITTEN + 3_600)
    return stack


def _wait_nowhere(stack: StackWithTables, slept: Callable[[float], None]) -> None:
    stack.clock = Clock(stack.clock.monotonic, stack.clock.wall_time, slept)


@pytest.fixture(autouse=True)
def _no_waiting(stack: StackWithTables) -> None:
    _wait_nowhere(stack, lambda _: None)


def test_plan_says_how_old_the_tables_are(
    stack: StackWithTables, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(stack, "plan --from tables")
    assert capsys.readouterr().out.splitlines()[0] == (
        "As of the tables: the newest change of originals is of 2026-01-01 00:00 UTC, "
        "60 min ago, that of variants of 2026-01-01 00:00 UTC, 60 min ago. Later "
        "changes are not counted."
    )


@pytest.mark.parametrize(
    "options", ["", "--all", "--prefix a", "--json", "--json --all"]
)
def test_every_line_is_that_of_the_listings(
    options: str, stack: StackWithTables, capsys: pytest.CaptureFixture[str]
) -> None:
    def lines(source: str) -> list[str]:
        command = f"plan --from {source} {options} --detailed-exitcode"
        assert run_command(stack, command) == 4
        return capsys.readouterr().out.splitlines()

    def described(line: str) -> str:
        if "--json" not in options:
            return line
        document = commands_schema.check(line)
        document.pop("tables", None)
        return json.dumps(document)

    by_tables = lines("tables")
    if "--json" not in options:
        at = next(n for n, line in enumerate(by_tables) if line.startswith("As of"))
        assert by_tables[at + 1] == ""
        del by_tables[at : at + 2]
    expected = sorted(map(described, lines("listings")))
    assert sorted(map(described, by_tables)) == expected


def test_the_age_is_in_the_summary(
    stack: StackWithTables, capsys: pytest.CaptureFixture[str]
) -> None:
    run_command(stack, "plan --from tables --json")
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["tables"] == {
        "newest_original": "2026-01-01T00:00:03+00:00",
        "newest_variant": "2026-01-01T00:00:05+00:00",
        "scanned_bytes": 12_345_678,
    }


def test_tables_that_lag_have_the_state_before(
    stack: StackWithTables, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the age says so: that of the table of variants stays."""
    stack.athena.freeze(RESIZED)
    source = stack.upload("late.png")
    made_by = recipe_of(stack.sizes[0], stack.sizes)
    stack.put_variant("9x/late.png", source=source, recipe=made_by)
    missing, ages = [], []
    for origin in ("tables", "listings"):
        run_command(stack, f"plan --json --from {origin}")
        *found, summary = map(json.loads, capsys.readouterr().out.splitlines())
        missing.append("late.png" in {one["key"] for one in found})
        ages.append(summary.get("tables"))
    assert missing == [True, False]
    assert ages[1] is None
    assert (ages[0]["newest_original"], ages[0]["newest_variant"]) == (
        "2026-01-01T00:00:06+00:00",
        "2026-01-01T00:00:05+00:00",
    )


def test_empty_tables(capsys: pytest.CaptureFixture[str]) -> None:
    stack = StackWithTables(SIZES)
    assert run_command(stack, "plan --from tables") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("The tables are empty.\n")
    assert printed.endswith("Nothing to do.\n")
    assert run_command(stack, "backfill --from tables") == 0
    assert run_command(stack, "backfill --from tables --yes") == 0
    assert stack.batch.created == []


def test_a_prefix_that_nothing_begins_with_is_no_empty_table(
    stack: StackWithTables, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, "plan --from tables --prefix nothing/") == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Nothing in the tables begins with nothing/.\n")


@pytest.mark.parametrize("options", ["plan --all", "plan"])
def test_a_row_without_its_end_is_reported(
    stack: StackWithTables, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    def cut(athena: FakeAthena) -> bytes:
        lines = whole(athena).splitlines(keepends=True)
        return b"".join(
            [lines[0], *(one.rpartition(b",")[0] + b"\n" for one in lines[1:])]
        )

    whole = FakeAthena._result
    monkeypatch.setattr(FakeAthena, "_result", cut)
    with pytest.raises(DeploymentError, match="is not what was asked for"):
        run_command(stack, f"{options} --from tables")


def test_backfill_says_what_a_job_would_make(
    stack: StackWithTables, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, "backfill --from tables") == 1
    assert "A job would make 2 keys: about a cent or less" in capsys.readouterr().out
    assert run_command(stack, "backfill --from tables --json") == 1
    (line,) = capsys.readouterr().out.splitlines()
    found = commands_schema.check(line)
    assert (found["kind"], found["keys"]) == ("backfill-tables", 2)
    assert run_command(stack, "backfill --from tables --dry-run") == 1
    assert "2 keys would be made; nothing was." in capsys.readouterr().out
    assert stack.batch.created == []


def test_backfill_gives_the_list_to_a_job(stack: StackWithTables) -> None:
    assert run_command(stack, "backfill --from tables --yes") == 0
    (created,) = stack.batch.created
    place = created["Manifest"]["Location"]["ObjectArn"].partition(f":::{JOBS}/")[2]
    stored = stack.s3.current(JOBS, place)
    assert stored
    assert stored.body is not None
    assert set(stored.body.decode().splitlines()) == {
        f"{ORIGINAL},a%20b%2Bc.png",
        f"{ORIGINAL},%C3%A9%27%22%0A.png",
    }


@pytest.mark.parametrize(
    ("ended", "newest", "refused"),
    [
        (-600, -1_200, True),  # the job's variants are not there yet
        (-600, -600, False),
        (-MAX_LAG - 1, -MAX_LAG - 2, False),  # it had nothing to make
        (None, -600, False),
    ],
)
def test_tables_without_what_the_last_job_made_start_no_other(
    stack: StackWithTables, ended: float | None, newest: float, *, refused: bool
) -> None:
    """It would be given the same keys again."""
    now = WRITTEN + 5 - newest
    stack.clock = Clock(stack.clock.monotonic, lambda: now, lambda _: None)
    stack.s3.put_object(Bucket=JOBS, Key="backfill/job.json", Body=b'{"job": "job-0"}')
    if ended is not None:
        end = {"TerminationDate": datetime.fromtimestamp(now + ended, UTC)}
        stack.batch.course = [ENDED | end, ENDED | end]
    command = "backfill --from tables --yes"
    if refused:
        with pytest.raises(UnfinishedError, match="the tables may not yet have what"):
            run_command(stack, command)
    else:
        run_command(stack, command)
    assert len(stack.batch.created) == (not refused)


def test_a_running_job_is_watched_and_nothing_asked(stack: StackWithTables) -> None:
    stack.s3.put_object(Bucket=JOBS, Key="backfill/job.json", Body=b'{"job": "job-0"}')
    stack.batch.course = [{"Status": "Active"}] * 3 + [ENDED]
    assert run_command(stack, "backfill --from tables --yes") == 0
    assert stack.athena.queries == []


def test_backfill_takes_all_or_what_the_tables_say(stack: StackWithTables) -> None:
    with pytest.raises(UsageError, match="leave out one of them"):
        run_command(stack, "backfill --all --from tables")
    with pytest.raises(UsageError, match="--from tables only"):
        run_command(stack, "backfill --yes")


def test_a_stack_without_tables(stack: StackWithTables) -> None:
    del stack.outputs["InventoryWorkgroup"]
    with pytest.raises(UnfinishedError, match="-c inventoryTables=true"):
        run_command(stack, "plan --from tables")


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        ({}, "has no inventory table"),
        ({"ConfigurationState": "DISABLED"}, "has no inventory table"),
        (
            {"ConfigurationState": "ENABLED", "TableStatus": "BACKFILLING"},
            "of resized is not complete: S3 is filling it .* Try again later",
        ),
        (
            {"ConfigurationState": "ENABLED", "TableStatus": "CREATING"},
            "S3 is creating it",
        ),
        (
            {
                "ConfigurationState": "ENABLED",
                "TableStatus": "FAILED",
                "Error": {"ErrorCode": "x", "ErrorMessage": "no access to the key"},
            },
            r"\(FAILED\): no access to the key. Remove the cause",
        ),
        ({"ConfigurationState": "ENABLED"}, r"\(None\): no cause given"),
    ],
)
def test_a_table_that_cannot_be_asked(
    stack: StackWithTables, configuration: dict[str, Any], expected: str
) -> None:
    stack.tables[RESIZED]["InventoryTableConfigurationResult"] = configuration
    with pytest.raises(UnfinishedError, match=expected):
        run_command(stack, "plan --from tables")
    assert stack.athena.queries == []


@pytest.mark.parametrize(
    ("status", "is_clear"), [(404, True), (501, True), (403, False)]
)
def test_a_bucket_without_a_configuration(
    stack: StackWithTables, status: int, *, is_clear: bool
) -> None:
    """Also in a region without such tables; without access, nothing is known."""
    response: Any = {"Error": {"Message": "as given"}}
    response["ResponseMetadata"] = {"HTTPStatusCode": status}
    error = ClientError(response, "GetBucketMetadataConfiguration")

    def refuse(**_: Any) -> None:
        raise error

    stack._clients["s3"].get_bucket_metadata_configuration = refuse
    expected: type[Exception] = UnfinishedError if is_clear else ClientError
    with pytest.raises(
        expected, match="which regions have" if is_clear else "as given"
    ):
        run_command(stack, "plan --from tables")


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"State": "FAILED"}, "query-1 failed. Run the command again"),
        ({"State": "CANCELLED"}, "was cancelled. Somebody stopped it"),
        (
            {
                "State": "CANCELLED",
                "StateChangeReason": "Bytes scanned limit was exceeded",
            },
            "Bytes scanned limit was exceeded. It would read more than the workgroup",
        ),
        (
            {
                "State": "FAILED",
                "StateChangeReason": "Insufficient Lake Formation permission(s) on "
                "inventory (Service: AWSGlue; Status Code: 400)",
            },
            "in Lake Formation, too, if it manages the catalog",
        ),
        (
            {
                "State": "FAILED",
                "StateChangeReason": "TABLE_NOT_FOUND: line 1:15: Table "
                "'s3tablescatalog/aws-s3.b_original.inventory' does not exist",
            },
            "the command that an account needs once per region",
        ),
        (
            {
                "State": "FAILED",
                "AthenaError": {"ErrorMessage": "Query exhausted resources at this"},
            },
            "too much for one query: compare a part of the keys",
        ),
    ],
)
def test_a_query_that_fails(
    stack: StackWithTables, status: dict[str, Any], expected: str
) -> None:
    stack.athena.course = [{"State": "RUNNING"}, status]
    with pytest.raises(DeploymentError, match="Athena's query") as caught:
        run_command(stack, "plan --from tables")
    assert expected in str(caught.value)
    assert caught.value.exit_code == 3
    assert stack.athena.stopped == []


def test_a_workgroup_that_refuses(stack: StackWithTables) -> None:
    stack.athena.refusal = client_error(
        "InvalidRequestException", "StartQueryExecution"
    )
    with pytest.raises(DeploymentError, match="did not accept the query: as given"):
        run_command(stack, "plan --from tables")
    stack.athena.refusal = client_error("AccessDeniedException", "StartQueryExecution")
    with pytest.raises(ClientError):
        run_command(stack, "plan --from tables")


def test_an_interrupted_query_is_stopped(stack: StackWithTables) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    _wait_nowhere(stack, interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_command(stack, "plan --from tables")
    assert stack.athena.stopped == ["query-1"]


def test_waits_grow(stack: StackWithTables) -> None:
    waits: list[float] = []
    _wait_nowhere(stack, waits.append)
    stack.athena.course = [{"State": "RUNNING"}] * 12 + [{"State": "SUCCEEDED"}]
    run_command(stack, "plan --from tables")
    assert waits[:3] == [0.5, 0.75, 1.125]
    assert waits == sorted(waits)
    assert waits[-1] == 8.0


@pytest.mark.parametrize("command", ["plan", "plan --all", "backfill --yes"])
@pytest.mark.parametrize(
    "body",
    [
        b'"a"\n"b"\n',
        b'"state","keys"\n"current"\n',
        b'"newest_original","newest_variant","is_listed","keys"\n"1","1","1","a"b\n',
        b'"newest_original","newest_variant","is_listed","keys"\n"1","x","1","a"\n',
        b"\xff",
        b'"newest_original","newest_variant","is_listed","keys","state"\n"1","1"\n',
        b'"newest_original","newest_variant","is_listed","keys","state"\n\n"1"\n',
    ],
    ids=["columns", "a column", "quotes", "number", "bytes", "a cut row", "no row"],
)
def test_another_result_is_reported(
    stack: StackWithTables, monkeypatch: pytest.MonkeyPatch, body: bytes, command: str
) -> None:
    monkeypatch.setattr(type(stack.athena), "_result", lambda _: body)
    with pytest.raises(DeploymentError, match="is not what was asked for"):
        run_command(stack, f"{command} --from tables")
    assert stack.batch.created == []


def test_variants_that_s3_has_removed(
    stack: StackWithTables, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.outputs["ResizedExpirationDays"] = "1"
    stack.clock = Clock(stack.clock.monotonic, time.time, lambda _: None)
    states = []
    for source in ("tables", "listings"):
        run_command(stack, f"plan --json --from {source}")
        lines = map(json.loads, capsys.readouterr().out.splitlines()[:-1])
        states.append({(one["key"], one["state"], one["message"]) for one in lines})
    assert states[0] == states[1]
    assert {state for _, state, _ in states[0]} == {"expired"}
