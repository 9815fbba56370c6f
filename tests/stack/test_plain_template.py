"""`make template`: one file that CloudFormation takes, without CDK or anything else."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import hcl2
import pytest

from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from tests.support import images
from tests.support.cloudformation import filled_in
from tests.support.templates import functions, resources, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.templates import Document, Synth

ROOT = Path(__file__).parents[2]
SIZES = ROOT / "config" / "sizes.json"
IMAGE = "111122223333.dkr.ecr.eu-central-1.amazonaws.com/resize-on-upload:0.2.0"
MAX_BYTES = 51_200  # of a template that is not in S3

SETTINGS = {
    "the defaults": (),
    "delivery": ("delivery=true", "invalidate=true"),
    "other parameters": (
        *("reservedConcurrency=7", "storageClass=STANDARD_IA", "architecture=arm64"),
        *("cacheControl=max-age=60", "decoderReuse=1", "logRetentionDays=14"),
        *("bucketPrefix=my-photos", "dashboard=false"),
    ),
    "fixed settings": (
        *("memorySize=1024", "metrics=none", "mirrorDeletes=false"),
        *("carryOver=tag:Team", "resizedExpirationDays=90", "timeout=30"),
    ),
    "an existing bucket": ("originalBucket=my-uploads", "uploaderPolicy=true"),
}


def _write(file: Path, *settings: str) -> subprocess.CompletedProcess[str]:
    options = [option for one in settings for option in ("-c", one)]
    return subprocess.run(
        [sys.executable, "-m", "stacks.template", "--out", file, *options],
        check=False,
        cwd=ROOT,
        env={**os.environ, "CDK_VALIDATION": "false"},
        capture_output=True,
        text=True,
    )


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Write a template, each once."""
    folder = tmp_path_factory.mktemp("templates")

    def written(name: str) -> Path:
        file = folder / f"{name}.json"
        if not file.exists():
            done = _write(file, *SETTINGS[name])
            assert done.returncode == 0, done.stderr
            assert done.stdout == f"{file}\n"
            is_large = file.stat().st_size > MAX_BYTES
            assert is_large == ("--s3-bucket" in done.stderr), done.stderr
        return file

    return written


@pytest.fixture(params=SETTINGS)
def file(request: pytest.FixtureRequest, write: Callable[[str], Path]) -> Path:
    return write(request.param)


def test_it_needs_no_bootstrap_and_no_other_file(file: Path) -> None:
    content = file.read_text()
    assert not re.search('bootstrap|cdk-hnb|AssetParameters|"S3Bucket"', content)
    assert "Rules" not in json.loads(content)


def test_only_with_delivery_it_has_to_be_in_s3(write: Callable[[str], Path]) -> None:
    """As the documents say."""
    large = {name for name in SETTINGS if write(name).stat().st_size > MAX_BYTES}
    assert large == {"delivery"}


def test_cfn_lint_finds_nothing(file: Path) -> None:
    done = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            *("--ignore-checks", "W3005", "--template", file),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", SETTINGS)
def test_with_its_defaults_it_is_the_stack_that_cdk_deploys(
    write: Callable[[str], Path], synth: Synth, name: str
) -> None:
    """Every property of every resource and output, under the same ids."""
    given = {"AWS::StackName": "ResizeOnUpload", "ImageUri": IMAGE}
    plain = filled_in(json.loads(write(name).read_text()), given)
    context = dict(one.partition("=")[::2] for one in SETTINGS[name])
    deployed = filled_in(synth(**context, imageUri=IMAGE), given)
    assert plain["Outputs"] == deployed["Outputs"]
    assert plain["Resources"].keys() == deployed["Resources"].keys()
    for key, resource in plain["Resources"].items():
        assert resource == deployed["Resources"][key], key


def test_alarms_are_sent_to_the_address_if_there_is_one(
    write: Callable[[str], Path],
) -> None:
    template = json.loads(write("the defaults").read_text())
    sent = filled_in(template, {"AlarmEmail": "ops@example.com"})["Resources"]
    assert sent["AlarmSubscription"]["Properties"]["Endpoint"] == "ops@example.com"


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        ("ImageUri", (IMAGE,), ("", "resize-on-upload:1", "public.ecr.aws/a/b:1")),
        (
            "Sizes",
            ('{"sizes":["150x"]}', '{\n "sizes": ["150x"]\n}\n'),
            ("", '["150x"]', "config/sizes.json", '{"size":[]}', '// {"sizes":1}'),
        ),
        ("BucketPrefix", ("", "my-photos"), ("a", "My", "-my", "my.photos", "a" * 55)),
        ("CacheControl", ("", "public, max-age=60"), ("é", "a\n", "x" * 201)),
        ("AlarmEmail", ("", "ops@example.com"), ("ops", "a b@example.com", "a@b")),
    ],
)
def test_cloudformation_checks_what_it_can(
    write: Callable[[str], Path],
    name: str,
    accepted: tuple[str, ...],
    refused: tuple[str, ...],
) -> None:
    parameters = json.loads(write("the defaults").read_text())["Parameters"]
    pattern = re.compile(parameters[name]["AllowedPattern"])
    assert all(pattern.fullmatch(one) for one in accepted)
    assert not any(pattern.fullmatch(one) for one in refused)


def test_every_parameter_is_documented(write: Callable[[str], Path]) -> None:
    parameters = json.loads(write("the defaults").read_text())["Parameters"]
    document = (ROOT / "docs" / "template.md").read_text()
    table = re.findall(r"^\| `([A-Z]\w+)` \|", document, re.MULTILINE)
    assert sorted(table) == sorted(parameters)


def test_what_cdk_knows_is_a_parameter(write: Callable[[str], Path]) -> None:
    template = json.loads(write("the defaults").read_text())
    parameters = template["Parameters"]
    assert [one for one in parameters if "Default" not in parameters[one]] == [
        "ImageUri"
    ]
    limit = parameters["Sizes"]["MaxLength"]
    assert f"at most {limit:,} bytes" in (ROOT / "docs" / "template.md").read_text()
    sizes = json.loads(SIZES.read_text())["sizes"]
    assert json.loads(parameters["Sizes"]["Default"]) == {"sizes": sizes}
    for function in functions(template).values():
        assert function["Code"]["ImageUri"] == {"Ref": "ImageUri"}
        assert function["Architectures"] == [{"Ref": "Architecture"}]
        assert function["Environment"]["Variables"]["SIZES"] == {"Ref": "Sizes"}


def test_nothing_has_the_name_of_one_stack(write: Callable[[str], Path]) -> None:
    template = json.loads(write("the defaults").read_text())
    for alarm in resources(template, "AWS::CloudWatch::Alarm"):
        assert text(alarm["AlarmName"]).startswith("<AWS::StackName>-")
    for bucket in resources(template, "AWS::S3::Bucket"):
        prefix = bucket["BucketName"]["Fn::Join"][1][0]
        assert prefix["Fn::If"][1] == {"Ref": "BucketPrefix"}


def test_with_delivery_the_sizes_are_fixed(write: Callable[[str], Path]) -> None:
    """The edge function has them, too, and CloudFormation cannot write its code."""
    template = json.loads(write("delivery").read_text())
    assert "Sizes" not in template["Parameters"]
    assert functions(template).keys() == {"Resizer", "OnRequest"}
    for function in functions(template).values():
        assert function["Code"]["ImageUri"] == {"Ref": "ImageUri"}


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    file = tmp_path / "template.json"
    done = _write(file, "onDestroy=delete-all", "stackName=x", "memorySize=1")
    assert done.returncode == 1
    for expected in (
        "context onDestroy: is not possible here: cdk deploy adds a function",
        "context stackName: is not possible here",
        "context memorySize='1': must be 512",
        "No template was written",
    ):
        assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert not file.exists()


def test_an_image_in_ecr_is_not_built(synth: Synth) -> None:
    document = synth(imageUri=IMAGE, delivery="true")
    made: dict[str, Document] = functions(document)
    assert {one["Code"]["ImageUri"] for one in made.values()} == {IMAGE}
    assert made["OnRequest"]["ImageConfig"]["Command"] == [
        "resize_on_upload.delivery.handler.handler"
    ]
    assert "cdk-hnb659fds-container-assets" not in json.dumps(document)


@pytest.mark.parametrize(
    "wrong",
    [
        "resize-on-upload",
        "public.ecr.aws/x/resize-on-upload:1",
        IMAGE.removesuffix(":0.2.0"),
        f"https://{IMAGE}",
    ],
)
def test_an_image_that_lambda_cannot_use_is_refused(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=r"context imageUri=.*private ECR"):
        read({"imageUri": wrong}, SIZES)


def test_a_digest_is_accepted() -> None:
    digest = f"{IMAGE.rpartition(':')[0]}@sha256:{'0' * 64}"
    assert read({"imageUri": digest}, SIZES).image_uri == digest


def test_an_image_from_elsewhere_has_no_watermarks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "logo.png").write_bytes(images.png(9, 9))
    size = {"geometry": "150x", "watermark": {"file": "logo.png"}}
    file = tmp_path / "sizes.json"
    file.write_text(json.dumps({"sizes": [size]}))
    assert read({}, file).watermarks
    with pytest.raises(ConfigurationError, match=r"imageUri: .* lacks the watermarks"):
        read({"imageUri": IMAGE}, file)


def test_terraform_s_page_uses_what_the_template_has(
    write: Callable[[str], Path],
) -> None:
    template = json.loads(write("the defaults").read_text())
    (code,) = re.findall(
        r"```hcl\n(.*?)```", (ROOT / "docs/terraform.md").read_text(), re.DOTALL
    )
    found = {
        kind.strip('"'): body
        for block in hcl2.loads(code)["resource"]
        for kind, named in block.items()
        for body in named.values()
    }
    stack = found["aws_cloudformation_stack"]
    assert stack["parameters"].keys() <= template["Parameters"].keys()
    outputs = re.findall(r"\.outputs\.(\w+)", code)
    assert outputs
    assert set(outputs) <= template["Outputs"].keys()
