"""The policies of docs/permissions.md are enough for the commands; IAM is enforced."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.stack import ROOT, running
from scripts.permissions.groups import GROUPS
from tests.support import images
from tests.support.deployed import log_line, put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack

# groups of the caller, command
ALLOWED = [
    (("look",), ("plan",)),
    (("look",), ("status", "a.png")),
    (("look",), ("outputs",)),
    (("look",), ("html", "a.png")),
    (("look", "repair"), ("backfill",)),
    (("look", "repair"), ("redrive", "rejected", "--dry-run")),
    (("look", "repair"), ("prune", "--yes")),
    (("look", "repair"), ("prune", "--expire", "--yes")),
    (("look", "upload"), ("upload", "b.png")),
    (("look", "smoke"), ("smoke",)),
]
# The local cloud wants lambda:GetFunction for these; AWS has an action for each.
ASKS_FOR_MORE = {"concurrency", "failed uploads are kept"}
REFUSED = [
    ((), ("plan",), "cloudformation"),
    (("look",), ("upload", "c.png"), "S3 refused c.png: 403 AccessDenied"),
    (("look",), ("smoke",), "PutObject"),
]


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running() as started:
        put(started, "a.png", images.png(20, 10))
        log_line(started, "a.png")
        yield started


def _run(
    stack: Stack, groups: tuple[str, ...], command: tuple[str, ...], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a command as a user who has the policies of these groups, and no other."""
    iam, name = stack.cloud.client("iam"), "-".join(("user", *groups))
    listed = iam.list_users()["Users"]
    if name not in [one["UserName"] for one in listed]:
        iam.create_user(UserName=name)
    for group in GROUPS:
        if group.name in groups:
            policy = json.dumps(group.policy())
            iam.put_user_policy(
                UserName=name, PolicyName=group.name, PolicyDocument=policy
            )
    key = iam.create_access_key(UserName=name)["AccessKey"]
    for file in ("b.png", "c.png"):
        (folder / file).write_bytes(images.png(20, 10))
    return subprocess.run(
        [
            Path(sys.executable).with_name("resize-on-upload"),
            *command,
            *(("--sizes", ROOT / "config" / "sizes.json") if _reads(command) else ()),
        ],
        check=False,
        cwd=folder,
        env={
            **os.environ,
            **stack.environment(),
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        },
        capture_output=True,
        text=True,
    )


def _reads(command: tuple[str, ...]) -> bool:
    return command[0] in (*("plan", "backfill", "prune", "upload", "smoke", "doctor"),)


@pytest.mark.parametrize(("groups", "command"), ALLOWED, ids=str)
def test_a_policy_is_enough(
    stack: Stack, groups: tuple[str, ...], command: tuple[str, ...], tmp_path: Path
) -> None:
    done = _run(stack, groups, command, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "denied" not in done.stderr.lower()


@pytest.mark.parametrize("groups", [("look",), ("look", "diagnose")], ids=str)
def test_a_stack_is_checked_as_far_as_the_policies_allow(
    stack: Stack, groups: tuple[str, ...], tmp_path: Path
) -> None:
    """Nobody receives the alarms of the local stack, so a check fails."""
    done = _run(stack, groups, ("doctor", "--stack", "--json"), tmp_path)
    found = {one["check"]: one for one in map(json.loads, done.stdout.splitlines())}
    unknown = {name for name, one in found.items() if one["state"] == "unknown"}
    unknown -= ASKS_FOR_MORE
    messages = [found[name]["message"] for name in unknown]
    assert bool(unknown) == ("diagnose" not in groups), messages
    assert unknown <= found.keys() - {"the function", "version", "variants", "sizes"}
    if not unknown:
        assert done.returncode == 1, done.stderr
        assert found["subscribers of the alarms"]["state"] == "failed"
        assert found["notifications"]["state"] == "ok", found["notifications"]


@pytest.mark.parametrize(("groups", "command", "words"), REFUSED, ids=str)
def test_less_is_not_enough(
    stack: Stack,
    groups: tuple[str, ...],
    command: tuple[str, ...],
    words: str,
    tmp_path: Path,
) -> None:
    done = _run(stack, groups, command, tmp_path)
    assert done.returncode in (2, 3), done.stdout
    assert words.lower() in done.stderr.lower()
