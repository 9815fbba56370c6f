"""`backfill --batch` and `--all`: the requests, and what is printed about the jobs."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, ParamValidationError

from resize_on_upload_cli import parser
from resize_on_upload_cli.actions.batch import filters, key_list, request
from resize_on_upload_cli.actions.batch.job import CURRENT_JOB
from resize_on_upload_cli.errors import UnfinishedError, UsageError
from tests.support import fake_batch
from tests.support.fake_stack import JOBS, ORIGINAL, FakeStack, run_command

SIZES = '{"sizes": ["9x"]}'
BUCKET = f"arn:aws:s3:::{JOBS}"
PARTICIPANTS = request.Participants(
    account="111122223333",
    partition="aws-cn",
    jobs="lists",
    function="arn:aws-cn:lambda:cn-north-1:111122223333:function:f",
    role="arn:aws-cn:iam::111122223333:role/batch",
)


@pytest.fixture
def stack() -> FakeStack:
    """Three originals without variants."""
    stack = FakeStack(SIZES)
    for key in ("a b+c.png", "Zürich/é.png", "fine.png"):
        stack.upload(key)
    return stack


def _list(stack: FakeStack) -> set[str]:
    """Return the lines of the list that the only job is about."""
    (created,) = stack.batch.created
    location = created["Manifest"]["Location"]
    stored = stack.s3.current(JOBS, location["ObjectArn"].removeprefix(f"{BUCKET}/"))
    assert stored
    assert stored.body is not None
    assert stored.etag == location["ETag"]
    return set(stored.body.decode().splitlines())


def test_a_job_of_listed_keys(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Keys are encoded without a `+`; the report lists all."""
    assert run_command(stack, "backfill --batch") == 0
    assert _list(stack) == {
        f"{ORIGINAL},a%20b%2Bc.png",
        f"{ORIGINAL},Z%C3%BCrich/%C3%A9.png",
        f"{ORIGINAL},fine.png",
    }
    (created,) = stack.batch.created
    assert created["Report"]["ReportScope"] == "AllTasks"
    assert created["Operation"]["LambdaInvoke"] == {
        "FunctionArn": "arn:aws:lambda:eu-central-1:1:function:resize",
        "InvocationSchemaVersion": "2.0",
    }
    assert capsys.readouterr().out == (
        f"Complete: 5 done, 0 failed or rejected. Report: s3://{JOBS}/folder/\n"
    )


def test_a_long_report_lists_failures_only() -> None:
    """A row per key would take 150 bytes."""
    scopes = [
        request.of_list(PARTICIPANTS, "f", "e", keys)["Report"]["ReportScope"]
        for keys in (1_000_000, 1_000_001)
    ]
    assert scopes == ["AllTasks", "FailedTasksOnly"]


def test_without_keys_no_job_is_created(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = FakeStack(SIZES)
    assert run_command(stack, "backfill --batch") == 0
    assert run_command(stack, "backfill --batch --json") == 0
    assert stack.batch.created == []
    first, second = capsys.readouterr().out.splitlines()
    assert first == "Nothing to do."
    assert json.loads(second)["tasks"] == 0


def test_a_job_for_all_originals(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """S3 lists; the list, and a report of failures, are stored in the jobs bucket."""
    assert run_command(stack, "backfill --all --yes") == 0
    (created,) = stack.batch.created
    assert "Manifest" not in created
    generator = created["ManifestGenerator"]["S3JobManifestGenerator"]
    folder = created["Report"]["Prefix"]
    assert generator == {
        "SourceBucket": f"arn:aws:s3:::{ORIGINAL}",
        "ExpectedBucketOwner": "1",
        "EnableManifestOutput": True,
        "ManifestOutputLocation": {
            "Bucket": BUCKET,
            "ExpectedManifestBucketOwner": "1",
            "ManifestPrefix": folder,
            "ManifestFormat": "S3InventoryReport_CSV_20211130",
        },
    }
    assert created["Report"]["ReportScope"] == "FailedTasksOnly"
    assert created["Report"]["Bucket"] == BUCKET
    assert created["RoleArn"] == stack.outputs["BatchRoleArn"]
    assert created["ConfirmationRequired"] is False
    assert created["Description"] == f"{stack.name}: all originals"
    current = stack.s3.current(JOBS, CURRENT_JOB)
    assert current
    assert current.body == b'{"job": "job-1"}'
    assert capsys.readouterr().out.startswith("Complete: 5 done")


def test_every_filter_reaches_s3(stack: FakeStack) -> None:
    command = (
        "backfill --all --yes --prefix holiday/ --suffix .jpg --suffix .png "
        "--created-after 2026-11-01 --created-before 2026-11-02T10:00:00+02:00 "
        "--larger-than 0 --smaller-than 9000 --storage-class STANDARD"
    )
    assert run_command(stack, command) == 0
    (created,) = stack.batch.created
    assert created["ManifestGenerator"]["S3JobManifestGenerator"]["Filter"] == {
        "KeyNameConstraint": {
            "MatchAnyPrefix": ["holiday/"],
            "MatchAnySuffix": [".jpg", ".png"],
        },
        "CreatedAfter": datetime(2026, 11, 1, tzinfo=UTC),
        "CreatedBefore": datetime(2026, 11, 2, 8, tzinfo=UTC),
        "ObjectSizeGreaterThanBytes": 0,
        "ObjectSizeLessThanBytes": 9_000,
        "MatchAnyStorageClass": ["STANDARD"],
    }
    assert created["Description"] == (
        f"{stack.name}: all originals; keys that begin with holiday/; keys that end "
        "with .jpg or .png; created after 2026-11-01T00:00:00Z; created before "
        "2026-11-02T08:00:00Z; larger than 0 bytes; smaller than 9,000 bytes; in "
        "STANDARD"
    )


def test_a_description_has_the_length_that_s3_allows(stack: FakeStack) -> None:
    assert run_command(stack, f"backfill --all --yes --prefix {'x' * 1_000}") == 0
    (created,) = stack.batch.created
    assert len(created["Description"]) == 256


@pytest.mark.parametrize("options", ["--all", "--all --dry-run", "--all --yes -h"])
def test_a_job_for_all_starts_with_yes_only(
    options: str, stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first lines say what it would be, and what it costs."""
    if options.endswith("-h"):
        with pytest.raises(SystemExit):
            run_command(stack, f"backfill {options}")
    else:
        assert run_command(stack, f"backfill {options} --suffix .jpg") == 1
        printed = capsys.readouterr().out
        assert f"S3 would list {ORIGINAL} and invoke resize." in printed
        assert "Which: all originals; keys that end with .jpg." in printed
        assert "Price of 1,000,000 originals whose variants are up to date" in printed
        assert "--yes" in printed
    assert stack.batch.created == []
    assert stack.s3.buckets[JOBS] == {}


@pytest.mark.parametrize(
    ("options", "warned"), [("", True), ("--created-after 2026-11-01", False)]
)
def test_a_job_for_all_would_make_again_what_s3_has_deleted(
    options: str,
    warned: bool,  # noqa: FBT001 - of the table
    stack: FakeStack,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run_command(stack, f"backfill --all {options}")
    assert "S3 deletes" not in capsys.readouterr().out
    stack.outputs["ResizedExpirationDays"] = "30"
    run_command(stack, f"backfill --all {options}")
    assert ("S3 deletes variants after 30 days" in capsys.readouterr().out) == warned


def test_what_would_be_started_as_json(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "backfill --all --json --created-after 2026-11-01 --suffix .jpg"
    assert run_command(stack, command) == 1
    printed = json.loads(capsys.readouterr().out)
    assert printed["kind"] == "backfill-all"
    assert (printed["bucket"], printed["function"]) == (ORIGINAL, "resize")
    assert printed["filter"] == {
        "suffix": [".jpg"],
        "created_after": "2026-11-01T00:00:00Z",
    }
    assert printed["price"]["originals"] == 1_000_000


def test_sizes_that_are_not_deployed_are_refused(stack: FakeStack) -> None:
    with pytest.raises(UnfinishedError, match="differs from what is deployed"):
        run_command(stack, "backfill --all --yes", sizes='{"sizes": ["8x"]}')
    assert stack.batch.created == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--suffix .jpg", "for --all only"),
        ("--batch --larger-than 5", "for --all only"),
        ("--yes", "--yes is for --all and --from tables only"),
        ("--all --created-after 2026-11-02 --created-before 2026-11-01", "earlier"),
        ("--all --larger-than 5 --smaller-than 6", "no size is above"),
    ],
)
def test_options_that_contradict_each_other(
    options: str, words: str, stack: FakeStack
) -> None:
    with pytest.raises(UsageError, match=words):
        run_command(stack, f"backfill {options}")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("--batch", "not allowed with argument"),
        ("--created-after yesterday", "must be a date or time, such as"),
        ("--created-after 2026-13-01", "must be a date or time, such as"),
        ("--created-before 0001-01-01T00:00:00+09:00", "must be a date or time"),
        ("--larger-than 1MB", "must be a number of bytes"),
        ("--larger-than -1", "must be a number of bytes"),
        ("--smaller-than ٣", "must be a number of bytes"),
        (f"--smaller-than {'9' * 5_000}", "must be a number of bytes"),
        ("--suffix ''", "must not be empty"),
        ("--storage-class GLACIAL", "invalid choice"),
    ],
)
def test_a_wrong_option_is_explained(
    option: str, words: str, stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        run_command(stack, f"backfill --all {option}")
    assert words in capsys.readouterr().err


def test_a_running_job_is_watched_and_no_other_started(
    stack: FakeStack, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.s3.put_object(Bucket=JOBS, Key=CURRENT_JOB, Body=b'{"job": "job-7"}')
    about = {"Description": f"{stack.name}: all originals; in STANDARD"}
    stack.batch.course = [
        about | {"Status": "Preparing"},
        {"Status": "Preparing"},
        {"Status": "Active", "ProgressSummary": {"TotalNumberOfTasks": 5}},
        {"Status": "Complete", "ProgressSummary": fake_batch.ALL_DONE},
    ]
    assert run_command(stack, "backfill --all --yes") == 0
    assert stack.batch.created == []
    assert capsys.readouterr().err.splitlines() == [
        "Job job-7 (all originals; in STANDARD) is already running; watching it.",
        "S3 is preparing the list of keys.",
    ]


def test_no_second_job_is_started_while_it_is_not_known_whether_one_runs(
    stack: FakeStack,
) -> None:
    stack.s3.put_object(Bucket=JOBS, Key=CURRENT_JOB, Body=b'{"job": "job-7"}')
    stack.s3.before = lambda name, call: (
        "503" if (name, call["Key"]) == ("GetObject", CURRENT_JOB) else None
    )
    with pytest.raises(ClientError, match="SlowDown"):
        run_command(stack, "backfill --all --yes")
    assert stack.batch.created == []


def test_who_may_not_list_the_jobs_bucket_can_start_a_job(stack: FakeStack) -> None:
    """S3 refuses to say that there is no object."""
    stack.s3.before = lambda name, call: (
        "403" if (name, call["Key"]) == ("GetObject", CURRENT_JOB) else None
    )
    assert run_command(stack, "backfill --all --yes") == 0
    assert len(stack.batch.created) == 1


@pytest.mark.parametrize("job", [b'{"job": "job-0"}', b"", b"{}", b"[1]", b"\xff"])
def test_a_job_that_ended_or_is_forgotten_is_not_watched(
    job: bytes, stack: FakeStack
) -> None:
    """S3 forgets jobs after 90 days."""
    stack.s3.put_object(Bucket=JOBS, Key=CURRENT_JOB, Body=job)
    stack.batch.unknown = True
    assert run_command(stack, "backfill --all --yes") == 0
    assert len(stack.batch.created) == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (
            {"Status": "Cancelled"},
            ["Cancelled: 2 done, 1 failed or rejected, 2 of 5 not begun", "cancelled;"],
        ),
        (
            {"Status": "Failed", "FailureReasons": [{"FailureReason": "denied"}]},
            ["Failed: 2 done", "denied\n", "fix the cause"],
        ),
        ({"Status": "Complete"}, ["Complete: 2 done, 1 failed or rejected"]),
    ],
)
def test_a_job_that_did_not_do_everything(
    state: dict[str, Any],
    words: list[str],
    stack: FakeStack,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says why and what to do, and exits with 1; JSON has the same."""
    tasks = fake_batch.ALL_DONE | {
        "NumberOfTasksSucceeded": 2,
        "NumberOfTasksFailed": 1,
    }
    stack.batch.course = [state | {"ProgressSummary": tasks}]
    assert run_command(stack, "backfill --all --yes") == 1
    printed = capsys.readouterr().out
    assert all(one in printed for one in words), printed
    assert run_command(stack, "backfill --batch --json") == 1
    document = json.loads(capsys.readouterr().out)
    assert document["status"] == state["Status"]
    assert document["tasks"] == tasks
    assert len(document["reasons"]) == len(state.get("FailureReasons", ()))


def test_botocore_s_model_would_notice_a_wrong_request() -> None:
    right = request.of_originals(PARTICIPANTS, "f", "o", filters.Filter())
    right |= {"ClientRequestToken": "t", "Description": "d"}
    fake_batch.validate(right)
    wrong: list[dict[str, Any]] = [
        {"Priority": "10"},
        {"ManifestGenerator": {"S3": {}}},
        {"New": 1},
    ]
    for change in wrong:
        with pytest.raises(ParamValidationError):
            fake_batch.validate(right | change)


def test_arns_are_those_of_the_partition() -> None:
    created = request.of_originals(PARTICIPANTS, "f", "o", filters.Filter())
    text = json.dumps(created)
    assert "arn:aws-cn:s3:::lists" in text
    assert "arn:aws-cn:s3:::o" in text
    assert "arn:aws:" not in text


def test_the_help_of_filters_needs_no_aws() -> None:
    options = parser.parse(["backfill", "--all", "--storage-class", "STANDARD"])
    assert filters.of_options(options).storage_class == ("STANDARD",)
    assert key_list.PARTS == 256
