"""Run resize-on-upload against the local stack."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from local.stack import ROOT

if TYPE_CHECKING:
    from local.cloud import Cloud
    from local.stack import Stack


def command(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    started = start(stack, stack.cloud, *arguments)
    output, errors = started.communicate()
    return subprocess.CompletedProcess(
        arguments, started.returncode, stdout=output, stderr=errors
    )


def start(stack: Stack, s3: Cloud, *arguments: str) -> subprocess.Popen[str]:
    """Start a command that reaches S3 through `s3`."""
    place = {"AWS_ENDPOINT_URL_S3": s3.endpoint}
    return subprocess.Popen(
        [Path(sys.executable).with_name("resize-on-upload"), *arguments],
        cwd=ROOT,
        env={**os.environ, **stack.environment(), **place},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def last_line_of_plan(stack: Stack) -> str:
    """What `plan` says in the end, and its errors."""
    done = command(stack, "plan")
    return done.stdout.strip().splitlines()[-1] + done.stderr.strip()
