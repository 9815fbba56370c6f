"""The template of `make template`, which CloudFormation deploys without CDK."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.cloudformation import filled_in
from tests.support.physical_names import physical_names
from tests.support.standalone import IMAGE_URI, Standalone

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

NAMES = {"AWS::StackName": "ResizeOnUpload", "ImageUri": IMAGE_URI}

OPTIONAL = {
    "reservedConcurrency": "7",
    "storageClass": "STANDARD_IA",
    "cacheControl": "max-age=60",
    "decoderReuse": "1",
    "logRetentionDays": "14",
    "bucketPrefix": "my-photos",
    "architecture": "arm64",
    "dashboard": "false",
}
FIXED = {
    "originalBucket": "my-uploads",
    "memorySize": "1024",
    "metrics": "none",
    "mirrorDeletes": "false",
    "carryOver": "tag:Team",
    "uploaderPolicy": "true",
    "resizedExpirationDays": "90",
}


@pytest.fixture(scope="module")
def standalone(tmp_path_factory: pytest.TempPathFactory) -> Standalone:
    return Standalone(tmp_path_factory.mktemp("dist"))


def _without_parameters_of_cdk(document: Document) -> Document:
    """What differs on purpose: the image, and what only CDK reads."""
    for resource in document["Resources"].values():
        resource.pop("Metadata", None)
        code = resource.get("Properties", {}).get("Code", {})
        if isinstance(code, dict) and "ImageUri" in code:
            code["ImageUri"] = IMAGE_URI
            variables = resource["Properties"]["Environment"]["Variables"]
            variables.setdefault("DECODER_REUSE", "500")
    return document


@pytest.mark.parametrize(
    "context",
    [{}, OPTIONAL, FIXED, {"delivery": "true", "invalidate": "true"}],
    ids=["defaults", "parameters", "fixed", "delivery"],
)
def test_with_its_defaults_it_is_the_template_of_cdk(
    standalone: Standalone, synth: Synth, context: dict[str, str]
) -> None:
    document = standalone.template(context)
    found = filled_in(document, NAMES)
    expected = filled_in(_without_parameters_of_cdk(synth(**context)), NAMES)
    assert found["Outputs"] == expected["Outputs"]
    assert found["Resources"].keys() == expected["Resources"].keys()
    for name, resource in found["Resources"].items():
        assert resource == expected["Resources"][name], name
    assert document.keys() == {
        *("AWSTemplateFormatVersion", "Description", "Parameters", "Conditions"),
        *("Resources", "Outputs"),
    }
    assert "cdk-hnb659fds" not in json.dumps(document)


def test_alarms_are_sent_to_the_address_if_there_is_one(standalone: Standalone) -> None:
    document = standalone.template({"alarmEmail": "ops@example.com"})
    (sent,) = (
        one["Properties"]
        for one in filled_in(document, NAMES)["Resources"].values()
        if one["Type"] == "AWS::SNS::Subscription"
    )
    assert (sent["Protocol"], sent["Endpoint"]) == ("email", "ops@example.com")
    without = filled_in(document, NAMES | {"AlarmEmail": ""})["Resources"]
    assert not [one for one in without.values() if "Subscription" in one["Type"]]


@pytest.mark.parametrize("context", [{}, {"uploaderPolicy": "true"}], ids=str)
def test_two_stacks_of_one_template_have_no_name_in_common(
    standalone: Standalone, context: dict[str, str]
) -> None:
    document = standalone.template(context)
    here, there = (
        set(
            physical_names(
                filled_in(document, NAMES | {"AWS::StackName": stack, **given}), stack
            )
        )
        for stack, given in (("ResizeOnUpload", {}), ("a", {"BucketPrefix": "a-b"}))
    )
    assert len(here) == len(there) >= 10
    assert not here & there


@pytest.mark.parametrize("context", [{}, FIXED, {"delivery": "true"}], ids=str)
def test_cfn_lint_finds_nothing(
    standalone: Standalone, context: dict[str, str]
) -> None:
    """Except CDK's own redundant DependsOn (W3005)."""
    done = subprocess.run(
        [
            Path(sys.executable).with_name("cfn-lint"),
            *("--ignore-checks", "W3005"),
            *("--template", standalone.file(context)),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("context", [{}, {"delivery": "true"}], ids=str)
def test_cloudformation_accepts_it_as_it_is(
    standalone: Standalone, context: dict[str, str]
) -> None:
    """Up to 51,200 bytes; a larger one would have to be in S3."""
    assert standalone.file(context).stat().st_size <= 51_200
    assert "as it is" in standalone.summary(context)


def test_one_that_has_to_be_in_s3_is_reported(standalone: Standalone) -> None:
    context = {"delivery": "true", "versionedUrls": "true", "invalidate": "true"}
    assert 51_200 < standalone.file(context).stat().st_size < 1_000_000
    assert "--s3-bucket" in standalone.summary(context)


def test_the_sizes_are_written_as_a_parameter(standalone: Standalone) -> None:
    file = standalone.file({}).with_name("sizes.parameters.json")
    document = standalone.template({})
    default = document["Parameters"]["Sizes"]["Default"]
    assert json.loads(file.read_text()) == [f"Sizes={default}"]
    assert document["Parameters"]["Sizes"]["MaxLength"] < 4_096


def test_with_delivery_the_sizes_are_fixed(standalone: Standalone) -> None:
    """CloudFront's edge function has them, too."""
    context = {"delivery": "true"}
    assert "Sizes" not in standalone.template(context)["Parameters"]
    assert not standalone.file(context).with_name("sizes.parameters.json").exists()


@pytest.mark.parametrize(
    ("name", "accepted", "refused"),
    [
        (
            "ImageUri",
            (IMAGE_URI, IMAGE_URI.split(":")[0] + "@sha256:" + "0" * 64),
            ("", "resize-on-upload:1", "public.ecr.aws/a/b:1", IMAGE_URI.split(":")[0]),
        ),
        (
            "Sizes",
            ('{"sizes":["150x"]}', '{\n "sizes": ["150x"]\n}\n'),
            ("", '["150x"]', "config/sizes.json", '{"size":[]}', '// {\n"sizes"}\nx'),
        ),
        ("BucketPrefix", ("", "my-photos"), ("a", "My", "-my", "my.photos", "a" * 55)),
        ("ReservedConcurrency", ("", "1", "10000"), ("0", "-1", "10001", "none")),
        ("CacheControl", ("", "public, max-age=60"), ("é", "a\n", "x" * 201)),
        ("AlarmEmail", ("", "ops@example.com"), ("ops", "a b@example.com", "a@b")),
    ],
)
def test_cloudformation_checks_what_it_can(
    standalone: Standalone, name: str, accepted: tuple[str], refused: tuple[str]
) -> None:
    parameter = standalone.template({})["Parameters"][name]
    pattern = re.compile(parameter["AllowedPattern"])
    assert all(pattern.fullmatch(one) for one in accepted)
    assert not any(pattern.fullmatch(one) for one in refused)


@pytest.mark.parametrize(
    ("context", "message"),
    [
        ({"onDestroy": "delete-all"}, "only cdk deploy uploads"),
        ({"firewall": "true", "onDestroy": "keep"}, "give the ARN of a web ACL"),
        ({"memorySize": "1"}, "must be 512 to 10240"),
        ({"memorysize": "1024"}, "did you mean 'memorySize'?"),
    ],
    ids=str,
)
def test_mistakes_are_reported(
    tmp_path: Path, context: dict[str, str], message: str
) -> None:
    from stacks.template.__main__ import main

    given = [part for one in context.items() for part in ("-c", "=".join(one))]
    with pytest.raises(SystemExit, match=re.escape(message)) as ended:
        main([*given, "--out", str(tmp_path)])
    assert "No template was written" in str(ended.value)
    assert not list(tmp_path.iterdir())


DOCUMENT = Path(__file__).parents[2].joinpath("docs/without-cdk.md").read_text()


def test_every_parameter_is_documented(standalone: Standalone) -> None:
    parameters = standalone.template({})["Parameters"]
    table = re.findall(r"^\| `([A-Z]\w+)` \|", DOCUMENT, re.MULTILINE)
    assert table == list(parameters)
    assert f"{parameters['Sizes']['MaxLength']:,} characters" in DOCUMENT


def test_the_terraform_example_fits_the_template(standalone: Standalone) -> None:
    import hcl2

    template = standalone.template({})
    (example,) = re.findall(r"```hcl\n(.*?)```", DOCUMENT, re.DOTALL)
    stack, policy = hcl2.loads(example)["resource"]
    given = stack['"aws_cloudformation_stack"']['"images"']["parameters"]
    assert given.keys() <= template["Parameters"].keys()
    for name in ("ImageUri", "AlarmEmail"):
        value = given[name].strip('"')
        assert re.fullmatch(template["Parameters"][name]["AllowedPattern"], value)
    outputs = set(re.findall(r"\.outputs\[\"(\w+)\"\]", example))
    assert outputs == {"OriginalBucketName", "ResizedBucketName"}
    assert outputs <= template["Outputs"].keys()
    assert "${aws_iam_role.web.id}" in str(policy)
