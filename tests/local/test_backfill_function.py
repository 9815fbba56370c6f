"""A stack whose backfills have their own function, in the local cloud."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.cloudwatch import logs
from local.stack import ROOT, running
from tests.support import images
from tests.support.deployed import PREFIXES, log_line, put, resized

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.stack import Stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(context={"backfillConcurrency": "2"}) as started:
        yield started


def _run(stack: Stack, *command: str) -> str:
    done = subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), *command],
        check=False,
        cwd=ROOT,
        env={**os.environ, **stack.environment()},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_uploads_and_backfills_have_different_functions(stack: Stack) -> None:
    """Its role may do all that is needed, and its log is that of uploads."""
    put(stack, "lost.png", images.png(20, 10))
    uploaded = log_line(stack, "lost.png")
    for prefix in PREFIXES:
        stack.s3().delete_object(Bucket=stack.resized, Key=f"{prefix}/lost.png")
    assert _run(stack, "backfill") == "1 of 1 key done.\n"
    made = log_line(stack, "lost.png", 2)
    assert uploaded["function_name"] == stack.outputs["FunctionName"]
    assert made["function_name"] == stack.outputs["BackfillFunctionName"]
    assert resized(stack, "lost.png").keys() == set(PREFIXES)
    logs.publish(stack, stack.log())
    assert _run(stack, "logs", "--key", "lost.png").count("lost.png") == 2


def test_a_rejected_upload_is_retried_by_the_function_for_backfills(
    stack: Stack,
) -> None:
    put(stack, "letter.png", b"%PDF-1.7")
    log_line(stack, "letter.png")
    assert "Retrying 1 upload" in _run(stack, "redrive", "rejected")
    again = log_line(stack, "letter.png", 2)
    assert again["event"] == "image.rejected"
    assert again["function_name"] == stack.outputs["BackfillFunctionName"]
