"""The template of `make template`, deployed by CloudFormation with IAM enforced."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local import deploy
from local.cloud import REGION
from local.stack import running
from resize_on_upload_cli.cli import main
from tests.support import images
from tests.support.deployed import PREFIXES, log_line, put, resized
from tests.support.standalone import IMAGE_URI, Standalone
from tests.support.waiting import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.stack import Stack


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Standalone(tmp_path_factory.mktemp("dist")).file({})


def _with(file: Path, **values: str) -> str:
    """The template with other defaults."""
    document = json.loads(file.read_text())
    for name, value in values.items():
        document["Parameters"][name]["Default"] = value
    return json.dumps(document)


@pytest.fixture(scope="module")
def stack(file: Path) -> Iterator[Stack]:
    given = {"ImageUri": IMAGE_URI, "CacheControl": "max-age=60", "DecoderReuse": "9"}
    with running(edit=lambda _: _with(file, **given)) as started:
        yield started


@pytest.fixture
def use(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lead the commands to the stack."""
    for name, value in stack.environment().items():
        monkeypatch.setenv(name, value)


def test_an_upload_gets_its_variants(stack: Stack) -> None:
    put(stack, "photo.jpg", images.encoded("jpeg", 401, 299))
    assert log_line(stack, "photo.jpg")["sizes_written"] == 3
    assert sorted(resized(stack, "photo.jpg")) == sorted(PREFIXES)
    stored = stack.s3().head_object(Bucket=stack.resized, Key="150x/photo.jpg")
    assert stored["CacheControl"] == "max-age=60"


@pytest.mark.usefixtures("use")
def test_the_commands_find_it(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    put(stack, "found.jpg", images.encoded("jpeg", 40, 30))
    log_line(stack, "found.jpg")
    assert main(["plan", "--region", REGION]) == 0
    assert "originals" in capsys.readouterr().out


@pytest.mark.usefixtures("use")
def test_mistakes_in_the_sizes_are_logged_with_each_upload(
    stack: Stack, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """CloudFormation does not know what a geometry is."""
    template = stack.state / "ResizeOnUpload.template.json"
    sizes = '{"sizes":["150y",{"geometry":"50x","formta":"webp"}]}'
    template.write_text(_with(file, ImageUri=IMAGE_URI, Sizes=sizes))
    outputs = deploy.deploy(stack.cloud, template)
    stack.lambda_pool.serve(outputs["FunctionName"])
    put(stack, "unlucky.jpg", images.encoded("jpeg", 40, 30))
    wait_for(
        lambda: "did you mean 'format'?" in stack.log(), lambda: stack.log()[-2_000:]
    )
    assert "'150y' is not a valid geometry" in stack.log()
    assert main(["plan", "--region", REGION]) == 1
    assert "the deployed sizes have mistakes" in capsys.readouterr().err
