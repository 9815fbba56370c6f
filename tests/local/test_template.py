"""The plain template, deployed by AWS's own command line as docs/template.md says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.cloud import ROOT_KEY, Cloud, start_cloud
from local.emulator.environment import Starter
from local.emulator.lambda_pool import LambdaPool
from local.emulator.runtime import on_this_machine
from local.stack import (
    CLOUD_PYTHON,
    FUNCTION_PYTHON,
    LOG,
    Stack,
    emulator_program,
)
from resize_on_upload_cli.cli import main
from resize_on_upload_cli.errors import ExitCode
from tests.support import images
from tests.support.deployed import log_line, put, resized
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
IMAGE = "000000000000.dkr.ecr.eu-central-1.amazonaws.com/resize-on-upload:0.2.0"

# The local cloud has neither queries nor alarms on a calculation.
SIZES = 'Sizes={"sizes":["64x"]}'
OTHERS = ("CacheControl=max-age=60", "DecoderReuse=9", "LogRetentionDays=7")
WRONG_SIZES = 'Sizes={"sizes":["64y",{"geometry":"50x","size":"webp"}]}'

SETTINGS = ("-c", "dashboard=false", "-c", "metrics=none")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose sizes, buckets and image are parameters."""
    state = tmp_path_factory.mktemp("plain")
    cloud = start_cloud(CLOUD_PYTHON, state)
    try:
        outputs = _deploy(cloud, state, SIZES)
        runtime = on_this_machine(FUNCTION_PYTHON)
        starter = Starter(cloud, runtime, emulator_program(), state / LOG)
        with LambdaPool(cloud, starter, 2) as pool:
            pool.serve(outputs["FunctionName"])
            yield Stack(cloud, outputs, state, pool, {})
    finally:
        cloud.program.kill()


def _deploy(cloud: Cloud, folder: Path, *parameters: str) -> dict[str, str]:
    template = folder / "resize-on-upload.template.json"
    key = {"AWS_ACCESS_KEY_ID": ROOT_KEY, "AWS_SECRET_ACCESS_KEY": ROOT_KEY}
    environment = os.environ | cloud.environment() | key
    given = (f"ImageUri={IMAGE}", "BucketPrefix=my-photos", *OTHERS, *parameters)
    for program in (
        (sys.executable, "-m", "stacks.template", *SETTINGS, "--out", template),
        (
            *(BIN / "aws", "cloudformation", "deploy", "--stack-name", "Photos"),
            *("--template-file", template, "--capabilities", "CAPABILITY_IAM"),
            *("--parameter-overrides", *given),
        ),
    ):
        command = [str(part) for part in program]
        subprocess.run(command, check=True, cwd=ROOT, env=environment)
    found = cloud.client("cloudformation").describe_stacks(StackName="Photos")
    return {
        one["OutputKey"]: one["OutputValue"] for one in found["Stacks"][0]["Outputs"]
    }


def test_uploads_get_the_sizes_of_the_parameter(plain: Stack) -> None:
    assert plain.original == "my-photos-original"
    put(plain, "photo.png", images.png(128, 96))
    assert log_line(plain, "photo.png")["sizes_written"] == 1
    assert resized(plain, "photo.png").keys() == {"64x"}
    stored = plain.s3().head_object(Bucket=plain.resized, Key="64x/photo.png")
    assert stored["CacheControl"] == "max-age=60"


def test_the_function_runs_the_image_of_the_parameter(plain: Stack) -> None:
    function = plain.cloud.client("lambda").get_function(
        FunctionName=plain.outputs["FunctionName"]
    )
    assert function["Code"]["ImageUri"] == IMAGE
    variables = function["Configuration"]["Environment"]["Variables"]
    assert json.loads(variables["SIZES"]) == {"sizes": ["64x"]}
    assert variables["DECODER_REUSE"] == "9"
    assert "STORAGE_CLASS" not in variables


def test_alarms_begin_with_the_name_of_the_stack(plain: Stack) -> None:
    found = plain.cloud.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert found
    assert {alarm["AlarmName"].partition("-")[0] for alarm in found} == {"Photos"}


def test_mistakes_in_the_sizes_are_logged_and_reported(
    plain: Stack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """CloudFormation does not know what a geometry is. The last test: it breaks all."""
    outputs = _deploy(plain.cloud, plain.state, WRONG_SIZES)
    plain.lambda_pool.serve(outputs["FunctionName"])
    put(plain, "unlucky.png", images.png(40, 30))
    wait_for(
        lambda: "'64y' is not a valid geometry" in plain.log(),
        lambda: plain.log()[-2_000:],
    )
    for name, value in plain.environment().items():
        monkeypatch.setenv(name, value)
    assert main(["plan", "--stack-name", "Photos"]) == ExitCode.WORK_LEFT
    error = capsys.readouterr().err
    assert "the deployed sizes have mistakes" in error
    assert "'64y' is not a valid geometry" in error
