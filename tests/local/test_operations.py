"""The commands for a deployed stack, run against the local stack."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote
from uuid import uuid4

import boto3
import pytest
import urllib3
from botocore.stub import ANY, Stubber

from local.cloud import CloudSession
from local.cloudwatch import logs
from local.cloudwatch.metrics import publish
from local.deployment.checkout import copy_project
from local.stack import running
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli.actions.batch import job as batch_job
from resize_on_upload_cli.compare.diff import BucketDiff
from resize_on_upload_cli.stack import listing
from resize_on_upload_cli.stack.deployment import Deployment
from resize_on_upload_cli.uploads import form_post
from tests.support import commands_schema, images
from tests.support.deployed import log_line, put, resized
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from local.stack import Stack

DEFAULT = ["150x", "50x50", "x150"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a sizes.json for the tests to change."""
    return copy_project(tmp_path_factory.mktemp("project") / "checkout")


@pytest.fixture(scope="module")
def deployed(project: Path) -> Iterator[Stack]:
    with running(project=project) as started:
        yield started


@pytest.fixture
def own(deployed: Stack, project: Path) -> Iterator[Stack]:
    """The stack with its default sizes and empty buckets."""
    yield deployed
    client = deployed.s3()
    _listen(deployed, on=False)
    _wait_until_idle(deployed, 1)
    for bucket in (deployed.original, deployed.resized, deployed.jobs):
        versions = client.list_object_versions(Bucket=bucket)
        for one in (*versions.get("Versions", ()), *versions.get("DeleteMarkers", ())):
            client.delete_object(
                Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"]
            )
    for name in ("FailedQueueUrl", "RejectedQueueUrl"):
        deployed.cloud.client("sqs").purge_queue(QueueUrl=deployed.outputs[name])
    _listen(deployed, on=True)
    _deploy(deployed, project, DEFAULT)


def _deploy(stack: Stack, project: Path, sizes: list[Any]) -> None:
    file = project / "config" / "sizes.json"
    if json.loads(file.read_text()).get("sizes") != sizes:
        file.write_text(json.dumps({"sizes": sizes}))
        stack.redeploy(project)


_notifications: dict[str, Any] = {}


def _listen(stack: Stack, *, on: bool) -> None:
    """Switch event notifications on or off."""
    client, bucket = stack.s3(), stack.original
    if not on:
        found = client.get_bucket_notification_configuration(Bucket=bucket)
        found.pop("ResponseMetadata")
        _notifications.update(found or {})
    client.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration=_notifications if on else {}
    )


@pytest.fixture
def run(own: Stack, project: Path) -> Any:
    """Run a command in the stack's checkout."""

    def command(*arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.run(
            [Path(sys.executable).with_name("resize-on-upload"), *arguments],
            check=False,
            cwd=project,
            env={**os.environ, **own.environment()},
            text=True,
            **pipes | more,
        )

    return command


def _documents(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert not done.stderr, done.stderr
    return [commands_schema.check(line) for line in done.stdout.splitlines()]


def _states(run: Any) -> dict[str, tuple[str, list[str]]]:
    """Return key → state and sizes, of all keys that are not up to date."""
    documents = _documents(run("plan", "--json"))[:-1]
    return {one["key"]: (one["state"], sorted(one["sizes"])) for one in documents}


def _upload(stack: Stack, *keys: str) -> None:
    for number, key in enumerate(keys):
        put(stack, key, images.png(40 + number, 30))
    for key in keys:
        _wait(partial(_complete, stack, key))
    _wait_until_idle(stack)


def _complete(stack: Stack, key: str) -> bool:
    return len(resized(stack, key)) == len(DEFAULT)


def _wait(is_ready: Callable[[], bool]) -> None:
    wait_for(is_ready, lambda: "it never became true")


def _wait_until_idle(stack: Stack, seconds: float = 0) -> None:
    """Wait until no invocation has run for this time."""
    _wait(lambda: stack.lambda_pool.activity.idle_seconds() > seconds)


def _lose(stack: Stack, *acts: Any) -> None:
    """Change the buckets with notifications off."""
    _listen(stack, on=False)
    for act in acts:
        act()
    _listen(stack, on=True)


def test_plan_shows_every_state(own: Stack, run: Any) -> None:
    client = own.s3()
    marks = {name: f"{name}-{uuid4()} +é.png" for name in ("gone", "new", "other")}
    _upload(own, "fine.png", marks["gone"], marks["other"], "half.png")
    put(own, "bad.png", b"hello")
    log_line(own, "bad.png")
    put(own, "empty.png", b"")
    log_line(own, "empty.png")
    _lose(
        own,
        lambda: put(own, marks["new"], images.png(9, 9)),
        lambda: put(own, marks["other"], images.png(9, 9)),
        lambda: client.delete_object(Bucket=own.original, Key=marks["gone"]),
    )
    client.delete_object(Bucket=own.resized, Key="50x50/half.png")
    client.put_object(Bucket=own.resized, Key="favicon.ico", Body=b"a file")
    done = run("plan", "--json")
    assert done.returncode == 1
    assert _states(run) == {
        marks["new"]: ("missing", sorted(DEFAULT)),
        marks["other"]: ("stale", sorted(DEFAULT)),
        marks["gone"]: ("orphaned", sorted(DEFAULT)),
        "half.png": ("missing", ["50x50"]),
        "bad.png": ("rejected", []),
        "empty.png": ("rejected", []),
    }
    summary = _documents(done)[-1]
    assert summary["summary"]["current"]["keys"] == 1
    assert summary["unknown"] == [
        {
            "name": "(top level)",
            "ours": False,
            "objects": 1,
            "bytes": 6,
            "removable": 0,
            "unsure": False,
            "copies": False,
        }
    ]
    assert summary["backfill"]["keys"] == 3
    assert summary["prune"] == {"objects": 3}
    text = run("plan").stdout
    assert f"missing: {marks['new']}: not made yet (150x, 50x50, x150)" in text
    assert "(top level): 1 object, not written by this pipeline; left alone" in text


def test_backfill_makes_variants_whose_events_were_lost(own: Stack, run: Any) -> None:
    """Then there is nothing to do, and the function is not invoked."""
    keys = [f"lost/{number} +é.png" for number in range(12)]
    _lose(own, *(partial(put, own, key, images.png(40, 30)) for key in keys))
    assert len(_states(run)) == 12
    shown = run("backfill", "--prefix", "lost/1", "--dry-run")
    assert "3 keys would be made; nothing was." in shown.stdout
    assert len(_states(run)) == 12
    assert run("backfill", "--prefix", "lost/1").stdout == "3 of 3 keys done.\n"
    assert len(_states(run)) == 9
    done = run("backfill", "--json")
    assert done.returncode == 0
    (result,) = _documents(done)
    assert (result["asked"], result["left"]) == (9, [])
    assert run("plan").returncode == 0
    before = own.log().count('"event"')
    assert run("backfill").stdout == "Nothing to do.\n"
    assert own.log().count('"event"') == before


def test_a_backfill_continues_where_it_was_stopped(
    own: Stack, run: Any, project: Path
) -> None:
    """After it was killed, the next one's bar begins where it ended."""
    keys = [f"many/{number}.png" for number in range(8)]
    _lose(own, *(partial(put, own, key, images.png(40, 30)) for key in keys))
    command = Path(sys.executable).with_name("resize-on-upload")
    environment = {**os.environ, **own.environment()}
    # So slow that the first key is done long before the last one is requested.
    slowly = [str(command), "backfill", "--prefix", "many/", "--rate", "0.1"]
    with subprocess.Popen(slowly, cwd=project, env=environment) as first:
        _wait(partial(_complete, own, keys[0]))
        first.kill()
    _wait_until_idle(own, 1)
    left = len(_states(run))
    assert 0 < left < 8
    terminal, end = os.openpty()
    done = run("backfill", "--prefix", "many/", "--rate", "2", stderr=end)
    os.close(end)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert done.stdout == f"{left} of {left} keys done.\n"
    assert int(re.findall(r"(\d+)/8", shown)[0]) > 8 - left
    assert shown.rstrip().endswith("8/8")
    assert own.s3().list_objects_v2(Bucket=own.jobs)["KeyCount"] == 0


def test_a_backfill_is_done_with_rejected_keys(own: Stack, run: Any) -> None:
    """They are recorded, so the next plan does not list them as missing."""
    _lose(own, lambda: put(own, "bad.png", b"hello"), lambda: put(own, "a.png", b"x"))
    assert _states(run)["bad.png"][0] == "missing"
    assert run("backfill").stdout == "2 of 2 keys done.\n"
    assert {state for state, _ in _states(run).values()} == {"rejected"}


def test_a_rejection_outlives_its_record(own: Stack, run: Any) -> None:
    """It is an object: under the function's own permissions, and while it is true."""
    put(own, "bad é.png", b"hello")
    log_line(own, "bad é.png")
    client = own.cloud.client("sqs")
    client.purge_queue(QueueUrl=own.outputs["RejectedQueueUrl"])
    assert _states(run) == {"bad é.png": ("rejected", [])}
    named = {"Bucket": own.resized, "Key": "rejected/bad é.png.json"}
    document = json.loads(own.s3().get_object(**named)["Body"].read())
    assert (document["key"], document["code"]) == ("bad é.png", "unsupported-format")
    retried = run("redrive", "rejected")
    assert "Retrying 1 upload; 0 others left in the queue." in retried.stdout
    own.s3().delete_object(Bucket=own.original, Key="bad é.png")
    wait_for(
        lambda: "Contents" not in own.s3().list_objects_v2(Bucket=own.resized),
        lambda: "the rejection stays",
    )


def test_a_good_upload_deletes_the_rejection_of_the_one_it_replaces(
    own: Stack,
) -> None:
    """Without a sweep, by the function's own permissions."""
    named = {"Bucket": own.resized, "Prefix": "rejected/"}
    put(own, "a é.png", b"hello")
    _wait(lambda: "Contents" in own.s3().list_objects_v2(**named))
    _upload(own, "a é.png")
    assert "Contents" not in own.s3().list_objects_v2(**named)


def test_new_sizes_are_made_and_dropped_ones_deleted(
    own: Stack, run: Any, project: Path
) -> None:
    """Both are refused until the new sizes are deployed."""
    _upload(own, "a.png", "b/c d.png")
    own.s3().put_object(Bucket=own.resized, Key="x150/readme.txt", Body=b"a file")
    new = ["150x", {"geometry": "40x40", "name": "50x50"}, "60x"]
    (project / "config" / "sizes.json").write_text(json.dumps({"sizes": new}))
    early = run("plan")
    assert "differs from what is deployed" in early.stderr
    for command in (["backfill"], ["prune", "--yes"]):
        refused = run(*command)
        assert refused.returncode == 1
        assert "run `cdk deploy` first" in refused.stderr
    own.redeploy(project)
    wanted = ("missing", ["50x50", "60x"])
    assert _states(run) == {"a.png": wanted, "b/c d.png": wanted}
    assert run("backfill").stdout == "2 of 2 keys done.\n"
    assert sorted(resized(own, "a.png")) == ["150x", "50x50", "60x", "x150"]
    shown = run("prune")
    assert shown.returncode == 1
    assert (
        "2 variants would be deleted; run it again with --yes to do so." in shown.stdout
    )
    assert sorted(resized(own, "a.png")) == ["150x", "50x50", "60x", "x150"]
    removed = run("prune", "--yes")
    assert "Deleted 2 variants." in removed.stdout
    assert removed.returncode == 0
    assert sorted(resized(own, "a.png")) == ["150x", "50x50", "60x"]
    kept = own.s3().list_objects_v2(Bucket=own.resized, Prefix="x150/")["Contents"]
    assert [one["Key"] for one in kept] == ["x150/readme.txt"]


def test_key_patterns_choose_sizes(own: Stack, run: Any, project: Path) -> None:
    """At the upload; and prune deletes what a key no longer gets."""
    _upload(own, "avatars/early.png", "photos/early.png")
    square = {"geometry": "64x64^", "name": "avatar", "crop": True}
    rules: list[Any] = [
        "150x",
        square | {"include": ["avatars/*"]},
        {"geometry": "x150", "exclude": ["avatars/*"]},
    ]
    _deploy(own, project, rules)
    put(own, "avatars/new.png", images.png(20, 10))
    put(own, "photos/new.png", images.png(20, 10))
    _wait(lambda: sorted(resized(own, "avatars/new.png")) == ["150x", "avatar"])
    _wait(lambda: sorted(resized(own, "photos/new.png")) == ["150x", "x150"])
    assert _states(run) == {"avatars/early.png": ("missing", ["avatar"])}
    assert run("backfill").stdout == "1 of 1 key done.\n"
    assert sorted(resized(own, "avatars/early.png")) == ["150x", "50x50", "avatar"]
    assert run("prune", "--yes").returncode == 0  # 50x50 was dropped
    narrower = {"geometry": "150x", "exclude": ["photos/*"]}
    _deploy(own, project, [narrower, *rules[1:]])
    assert _states(run)["photos/early.png"] == ("orphaned", ["150x"])
    assert run("prune", "--yes").returncode == 0
    assert sorted(resized(own, "photos/early.png")) == ["x150"]
    assert run("plan").returncode == 0


def test_manifests_are_made_and_deleted_like_sizes(
    own: Stack, run: Any, project: Path
) -> None:
    _upload(own, "a é.png", "b.png")
    file = project / "config" / "sizes.json"
    file.write_text(json.dumps({"sizes": DEFAULT, "manifest": True}))
    own.redeploy(project)
    assert _states(run)["a é.png"] == ("missing", ["manifest"])
    assert run("backfill").stdout == "2 of 2 keys done.\n"
    answer = own.s3().get_object(Bucket=own.resized, Key="manifest/a é.png.json")
    document = json.loads(answer["Body"].read())
    assert sorted(one["name"] for one in document["variants"]) == sorted(DEFAULT)
    _lose(own, lambda: own.s3().delete_object(Bucket=own.original, Key="b.png"))
    assert "orphaned: manifest/b.png.json" in run("prune", "--yes").stdout
    assert run("plan").returncode == 0
    file.write_text(json.dumps({"sizes": DEFAULT}))
    own.redeploy(project)
    assert "dropped:  manifest/ (1 variant)" in run("prune", "--yes").stdout
    assert run("plan").returncode == 0


def test_prune_deletes_orphans_and_nothing_else(own: Stack, run: Any) -> None:
    client = own.s3()
    _upload(own, "stays.png", "goes.png")
    _lose(own, lambda: client.delete_object(Bucket=own.original, Key="goes.png"))
    client.put_object(Bucket=own.resized, Key="other/x.png", Body=b"x")
    before = resized(own, "stays.png")
    assert run("prune").stdout.splitlines()[0] == "orphaned: 150x/goes.png"
    assert run("prune", "--prefix", "stays", "--yes").stdout == "Nothing to remove.\n"
    assert len(resized(own, "goes.png")) == 3
    assert run("prune", "--yes").returncode == 0
    assert resized(own, "goes.png") == {}
    assert resized(own, "stays.png") == before
    assert client.head_object(Bucket=own.resized, Key="other/x.png")


def test_redrive_retries_rejected_uploads(own: Stack, run: Any) -> None:
    """Selected by code and by prefix; the others stay in the queue."""
    put(own, "a/text.png", b"hello")
    put(own, "b/text.png", b"hello")
    put(own, "b/empty.png", b"")
    for key in ("a/text.png", "b/text.png", "b/empty.png"):
        log_line(own, key)
    shown = run("redrive", "rejected", "--dry-run", "--json")
    assert sorted((one["keys"][0], one["code"]) for one in _documents(shown)) == [
        ("a/text.png", "unsupported-format"),
        ("b/empty.png", "empty"),
        ("b/text.png", "unsupported-format"),
    ]
    lines = own.log().count('"event"')
    done = run("redrive", "rejected", "--code", "unsupported-format", "--prefix", "b/")
    assert done.stdout.splitlines() == [
        "b/text.png: unsupported-format",
        "Retrying 1 upload; 2 others left in the queue.",
    ]
    _wait(lambda: own.log().count('"event"') == lines + 1)
    again = _documents(run("redrive", "rejected", "--dry-run", "--json"))
    assert len(again) == 3  # rejected once more, so recorded once more


def test_plan_waits_for_records_that_another_reader_hides(
    own: Stack, project: Path
) -> None:
    """A rejected key without an object, as of older versions, is never missing."""
    put(own, "hidden.png", b"hello")
    client, queue = own.cloud.client("sqs"), own.outputs["RejectedQueueUrl"]
    (hidden,) = wait_for(partial(_receive_and_hide, client, queue), lambda: "no record")
    own.s3().delete_object(Bucket=own.resized, Key="rejected/hidden.png.json")
    command = Path(sys.executable).with_name("resize-on-upload")
    with subprocess.Popen(
        [command, "plan", "--json"],
        cwd=project,
        env={**os.environ, **own.environment()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as plan:
        assert plan.stderr
        assert "1 message of the queue " in plan.stderr.readline()
        client.change_message_visibility(
            QueueUrl=queue, ReceiptHandle=hidden, VisibilityTimeout=0
        )
        output, _ = plan.communicate()
    assert json.loads(output.splitlines()[0])["state"] == "rejected"
    assert plan.returncode == 0


def _receive_and_hide(client: Any, queue: str) -> list[str]:
    answer = client.receive_message(
        QueueUrl=queue, VisibilityTimeout=3_600, WaitTimeSeconds=1
    )
    return [message["ReceiptHandle"] for message in answer.get("Messages", ())]


def test_redrive_completes_failed_uploads(own: Stack, run: Any) -> None:
    """After access to S3 was restored; the queue is then empty."""
    client = own.s3()
    policy = client.get_bucket_policy(Bucket=own.original)["Policy"]
    document = json.loads(policy)
    document["Statement"].append(
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{own.original}/*",
        }
    )
    client.put_bucket_policy(Bucket=own.original, Policy=json.dumps(document))
    put(own, "late +.png", images.png(20, 10))
    _wait(lambda: run("redrive", "failed", "--dry-run", "--json").stdout != "")
    client.put_bucket_policy(Bucket=own.original, Policy=policy)
    (shown,) = _documents(run("redrive", "failed", "--dry-run", "--json"))
    assert shown["keys"] == ["late +.png"]
    assert "Grant s3:GetObject" in shown["code"]
    assert "Retrying 1 upload" in run("redrive", "failed").stdout
    _wait(lambda: len(resized(own, "late +.png")) == 3)
    assert run("plan").returncode == 0
    assert _documents(run("redrive", "failed", "--dry-run", "--json")) == []


def test_status_answers_why_an_image_is_not_there(own: Stack, run: Any) -> None:
    """Read from both buckets, the queue and the log."""
    _upload(own, "there é.png")
    put(own, "letter.pdf", b"hello")
    log_line(own, "letter.pdf")
    logs.publish(own, own.log())
    logged = _documents(run("logs", "--key", "there é.png", "--since", "5m", "--json"))
    assert {one["key"] for one in logged} == {"there é.png"}
    assert logged[0]["event"] == "image.resized"
    done = run("status", "letter.pdf", "there é.png", "nowhere.png", "--json")
    assert done.returncode == 1
    rejected, current, absent = _documents(done)
    assert (rejected["state"], rejected["code"]) == ("rejected", "unsupported-format")
    assert [one["queue"] for one in rejected["records"]] == ["rejected"]
    assert [one["event"] for one in rejected["log"]] == ["image.rejected"]
    assert rejected["notes"] == []
    assert {one["state"] for one in current["variants"]} == {"current"}
    assert {one["width"] for one in current["variants"]} == {150, 50, 200}
    assert current["original"]["version_id"]
    assert (absent["state"], absent["original"]) == ("absent", None)
    own.s3().delete_object(Bucket=own.original, Key="letter.pdf")
    shown = run("status", "letter.pdf").stdout.splitlines()
    assert shown[0].startswith("letter.pdf: the original was deleted at 2")
    assert shown[-1] == "Upload it again, or remove its delete marker in S3."
    listed = run("outputs", "ResizedBucketName").stdout
    assert listed == f"{own.resized}\n"


def test_smoke_leaves_nothing_behind(own: Stack, run: Any) -> None:
    """No variant, no version, no delete marker."""
    (result,) = _documents(run("smoke", "--json"))
    assert result["sizes"] == DEFAULT
    assert list(result["seconds"]) == ["upload", "sizes", "delete", "gone"]
    for bucket in (own.original, own.resized):
        found = own.s3().list_object_versions(Bucket=bucket)
        assert not found.get("Versions")
        assert not found.get("DeleteMarkers")


def test_upload_waits_for_every_variant(own: Stack, run: Any, tmp_path: Path) -> None:
    """A rejected file does not stop the others."""
    good, bad = tmp_path / "good é.png", tmp_path / "text.txt"
    good.write_bytes(images.png(20, 10))
    bad.write_bytes(b"hello")
    done = run("upload", str(bad), str(good), "--prefix", "from/here ", "--json")
    assert done.returncode == 1
    objects = [f"s3://{own.resized}/{s}/from/here good é.png" for s in DEFAULT]
    listed = [(one["key"], one["code"], one["sizes"]) for one in _documents(done)]
    assert sorted(listed) == [
        ("from/here good é.png", None, objects),
        ("from/here text.txt", "unsupported-format", []),
    ]
    again = _documents(run("upload", str(good), "--prefix", "from/here ", "--json"))
    assert [(one["state"], one["uploaded"]) for one in again] == [("current", False)]
    assert sorted(resized(own, "from/here good é.png")) == sorted(DEFAULT)


@pytest.mark.parametrize(
    ("field", "value"), [("Content-Type", "text/html"), ("key", "another.png")]
)
def test_a_form_allows_one_key_and_images_only(
    own: Stack, field: str, value: str
) -> None:
    """S3 refuses anything else."""
    post = form_post.form(Deployment(CloudSession(own.cloud)), "mine.png", "image/png")
    fields = {**post["fields"], field: value, "file": ("x", b"hello")}
    pool = urllib3.PoolManager(ca_certs=str(own.cloud.certificate))
    answer = pool.request("POST", post["url"], fields=fields)
    assert answer.status == 403, answer.data
    assert own.s3().list_objects_v2(Bucket=own.original)["KeyCount"] == 0


def test_variants_that_s3_expired_are_not_missing(own: Stack) -> None:
    """With an expiration, an old original has no variants on purpose."""
    _upload(own, "old.png")
    own.s3().delete_object(Bucket=own.resized, Key="150x/old.png")
    found = Deployment(CloudSession(own.cloud))
    sizes = parse(json.dumps({"sizes": DEFAULT}))
    (diff,) = BucketDiff(found, sizes).compare_all()
    assert (diff.state, diff.sizes) == ("missing", ("150x",))
    found.outputs["ResizedExpirationDays"] = "30"
    assert next(BucketDiff(found, sizes).compare_all()).state == "missing"
    (entry,) = listing.originals(found, "")
    aged = replace(entry, modified=datetime.now(UTC) - timedelta(days=31))
    diff = BucketDiff(found, sizes)._of_original(aged, {})
    assert (diff.state, diff.sizes) == ("expired", tuple(DEFAULT))


def test_plan_uses_the_deployed_expiration() -> None:
    """The local S3 expires nothing; the template's tests check the rule itself."""
    with running(context={"resizedExpirationDays": "30"}) as stack:
        assert Deployment(CloudSession(stack.cloud)).expiration_days == 30
        done = subprocess.run(
            [Path(sys.executable).with_name("resize-on-upload"), "plan"],
            check=True,
            env={**os.environ, **stack.environment()},
            capture_output=True,
            text=True,
        )
        assert re.search(r"^expired +0 ", done.stdout, re.MULTILINE)


def test_a_missing_stack_is_reported(run: Any) -> None:
    done = run("plan", "--stack-name", "Nobodys")
    assert done.returncode == 3
    assert done.stderr == (
        "there is no stack Nobodys in eu-central-1; deploy it, or name another with "
        "--stack-name and --region\n"
    )


def test_a_job_of_s3_batch_operations(own: Stack, run: Any) -> None:
    """The list of keys, the request and the responses.

    S3 Batch Operations runs only on AWS. Here the request is checked against botocore's
    model, and the function is invoked for each line of the list as S3 does.
    """
    keys = ["a b+c.png", "Zürich/é.png", "bad.png"]
    _lose(
        own,
        lambda: put(own, keys[0], images.png(20, 10)),
        lambda: put(own, keys[1], images.png(20, 10)),
        lambda: put(own, keys[2], b"hello"),
    )
    found, control = _with_batch(own)
    job = {
        "JobId": "job-1",
        "Status": "Complete",
        "Report": {"Enabled": True, "Prefix": "p"},
    }
    with Stubber(control) as stub:
        stub.add_response("create_job", {"JobId": "job-1"}, _request(own))
        summary = {"NumberOfTasksSucceeded": 2, "NumberOfTasksFailed": 1}
        described = {"Job": job | {"ProgressSummary": summary}}
        stub.add_response("describe_job", described)
        result = batch_job.run(found, keys)
        assert result
        assert (result.succeeded, result.failed) == (2, 1)
    assert _invoke_for_each(own) == {
        "a b+c.png": "Succeeded",
        "Zürich/é.png": "Succeeded",
        "bad.png": "PermanentFailure",
    }
    assert run("plan").returncode == 0


def _with_batch(stack: Stack) -> tuple[Deployment, Any]:
    """Return the deployment, and its client of S3 Batch Operations."""
    control = boto3.client(
        "s3control",
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106 - not a secret
    )
    found = Deployment(CloudSession(stack.cloud))
    found._clients["s3control"] = control
    return found, control


def _request(stack: Stack) -> dict[str, Any]:
    jobs = f"arn:aws:s3:::{stack.jobs}"
    return {
        "AccountId": "000000000000",
        "Operation": {
            "LambdaInvoke": {"FunctionArn": ANY, "InvocationSchemaVersion": "2.0"}
        },
        "Manifest": {
            "Spec": {
                "Format": "S3BatchOperations_CSV_20180820",
                "Fields": ["Bucket", "Key"],
            },
            "Location": {"ObjectArn": ANY, "ETag": ANY},
        },
        "Report": {
            "Bucket": jobs,
            "Prefix": ANY,
            "Format": "Report_CSV_20180820",
            "Enabled": True,
            "ReportScope": "AllTasks",
        },
        "Priority": 10,
        "RoleArn": stack.outputs["BatchRoleArn"],
        "ClientRequestToken": ANY,
        "ConfirmationRequired": False,
        "Description": ANY,
    }


def _invoke_for_each(stack: Stack) -> dict[str, str]:
    """Invoke the function for each line of the list; return key → result code."""
    client = stack.s3()
    listed = client.list_objects_v2(Bucket=stack.jobs, Prefix="backfill/20")
    (manifest,) = (one["Key"] for one in listed["Contents"])
    body = client.get_object(Bucket=stack.jobs, Key=manifest)["Body"].read()
    codes = {}
    for bucket, key in csv.reader(body.decode().splitlines()):
        event = {
            "invocationSchemaVersion": "2.0",
            "invocationId": "1",
            "job": {"id": "job-1", "userArguments": {}},
            "tasks": [{"taskId": "1", "s3Key": key, "s3Bucket": bucket}],
        }
        answer = stack.cloud.client("lambda").invoke(
            FunctionName=stack.outputs["FunctionName"], Payload=json.dumps(event)
        )
        (result,) = json.loads(answer["Payload"].read())["results"]
        codes[unquote(key)] = result["resultCode"]
    return codes


def test_a_running_job_is_watched_and_no_other_started(
    own: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second backfill, after a restart, finds the first one's job."""
    found, control = _with_batch(own)
    monkeypatch.setattr(batch_job, "_POLL_SECONDS", 0.0)
    own.s3().put_object(
        Bucket=own.jobs, Key=batch_job.CURRENT_JOB, Body=b'{"job": "job-7"}'
    )
    job = {"JobId": "job-7", "Report": {"Enabled": True, "Prefix": "p"}}
    done = {"ProgressSummary": {"NumberOfTasksSucceeded": 1, "NumberOfTasksFailed": 0}}
    with Stubber(control) as stub:
        stub.add_response("describe_job", {"Job": job | {"Status": "Active"}})
        stub.add_response("describe_job", {"Job": job | done | {"Status": "Complete"}})
        result = batch_job.run(found, ["a.png"])
        assert result
        assert (result.status, result.failed) == ("Complete", 0)
        stub.assert_no_pending_responses()


def test_estimate_uses_the_measurements_of_the_deployed_function(
    own: Stack, run: Any
) -> None:
    """The mean of all its uploads, at its memory."""
    body = images.png(400, 300)
    for number in range(3):
        put(own, f"estimate-{number}.png", body)
        log_line(own, f"estimate-{number}.png")
    assert publish(own, own.log())
    done = run("estimate", "--uploads", "1000", "--json")
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    records = [json.loads(one) for one in own.log().splitlines() if one.startswith("{")]
    uploads = sum(record["uploads"] for record in records)
    seconds = sum(record["duration_ms"] for record in records) / uploads / 1_000
    written = sum(record["sizes_written"] for record in records) / uploads
    assert row["memory"] == 1_769
    assert row["seconds"] == pytest.approx(seconds, abs=0.001)
    assert row["requests"] == pytest.approx(0.2e-3 + written * 5e-3 + 0.8e-3, abs=0.01)
    assert row["total"] == pytest.approx(row["compute"] + row["requests"], abs=0.02)
    words = run("estimate").stdout
    assert words.startswith(f"The {uploads} uploads of the last 24 h, on average: ")
