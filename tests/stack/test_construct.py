"""The construct in another app: two in one stack, and its messages."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from aws_cdk import App, Stack
from aws_cdk.assertions import Annotations, Match

from resize_on_upload_cdk import ResizeOnUpload
from resize_on_upload_cdk.arguments.messages import in_python
from resize_on_upload_cdk.arguments.options import Options
from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cdk.configuration.settings import snake_case
from resize_on_upload_cdk.configuration.sizes_source import SizesSource
from tests.support import images
from tests.support.physical_names import physical_names
from tests.support.templates import resources, text

if TYPE_CHECKING:
    from tests.support.templates import Document

ROOT = Path(__file__).parents[2]
APP = ROOT / "tests" / "support" / "other_app.py"
OF_THE_APP_ONLY = {"stackName", "firewall"}
OTHER_ARGUMENTS = {"originalBucket"}

WRONG: list[tuple[dict[str, Any], list[str]]] = [
    (
        {
            "sizes": ["150x", "99999x"],
            "memory_size": 1,
            "time_out": 5,
            "query_urls": True,
            "alarm_email": "nobody",
        },
        [
            "time_out: is not an argument; did you mean 'timeout'?",
            "memory_size='1': must be 512 to 10240 (MB), for example 1769",
            "alarm_email='nobody': must be an e-mail address, for example ops@",
            "sizes: sizes[1].geometry: '99999x' is not a valid geometry",
            "query_urls=True: has no effect without delivery; add delivery=True, or ",
        ],
    ),
    (
        {"sizes": "nowhere.json"},
        ["nowhere.json: cannot be read: No such file or directory"],
    ),
    (
        {"sizes": ["150x"], "completion_events": True},
        ['completion_events=True: needs "manifest": true in sizes'],
    ),
    (
        {"sizes": ["150x"], "original_bucket": "pp-resized", "bucket_prefix": "pp"},
        ["original_bucket='pp-resized': is also the resized bucket"],
    ),
    (
        {"sizes": ["150x"], "stack_name": "photos", "firewall": True},
        ["firewall: is not an argument; known: bucket_prefix", "stack_name: is not"],
    ),
    (
        {"sizes": ["150x"], "delivery": True, "domain_names": ["a.example.com"]},
        ["domain_names='a.example.com': needs", 'add certificate="arn:aws:acm:…"'],
    ),
    (
        {"sizes": ["150x"], "outputs": True, "timeout": 1},
        ["outputs=True: another construct of this stack has it", "timeout='1'"],
    ),
    ({"sizes": ["150x"], "timeout": None, "carry_over": []}, []),
]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """The app's cloud assembly, and the error of each row of WRONG."""
    folder = tmp_path_factory.mktemp("other")
    done = subprocess.run(
        [sys.executable, APP, folder],
        check=True,
        input=json.dumps([arguments for arguments, _ in WRONG]),
        capture_output=True,
        text=True,
    )
    return folder, json.loads(done.stdout)


def test_the_example_of_the_documents_is_an_app(tmp_path: Path) -> None:
    document = (ROOT / "docs" / "construct.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", document, re.DOTALL)
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=ROOT,
        env={**os.environ, "CDK_OUTDIR": str(tmp_path), "CDK_VALIDATION": "false"},
        capture_output=True,
    )
    template = json.loads((tmp_path / "Website.template.json").read_text())
    assert len(list(resources(template, "AWS::CloudFront::Distribution"))) == 1


@pytest.fixture(scope="module")
def website(app: tuple[Path, list[str]]) -> Document:
    return dict(json.loads((app[0] / "Website.template.json").read_text()))


def test_two_in_one_stack_have_no_name_in_common(website: Document) -> None:
    names = list(physical_names(website, "Website"))
    assert len(names) == len(set(names)) > 20


def test_both_have_a_function_of_their_own(website: Document) -> None:
    variables = [
        function["Environment"]["Variables"]
        for function in resources(website, "AWS::Lambda::Function")
        if "ImageUri" in function["Code"]
    ]
    photos, on_request, avatars = variables
    assert json.loads(photos["SIZES"])["sizes"][0] == "800x"
    assert photos["SIZES"] == on_request["SIZES"] != avatars["SIZES"]
    assert text(avatars["ORIGINAL_BUCKET"]).startswith("<Uploads")
    assert avatars["CARRY_OVER"] == "cache-control,tag:Team"
    assert avatars["MIRROR_DELETES"] == "false"


def test_the_key_of_an_existing_bucket_is_used(website: Document) -> None:
    statements = {
        (statement.get("Sid"), name[:7])
        for name, policy in website["Resources"].items()
        if policy["Type"] == "AWS::IAM::Policy"
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
    }
    assert ("DecryptOriginals", "Avatars") in statements
    assert ("DecryptOriginals", "PhotosR") not in statements


def test_an_existing_topic_is_notified(website: Document) -> None:
    for name, alarm in website["Resources"].items():
        if alarm["Type"] == "AWS::CloudWatch::Alarm":
            (topic,) = alarm["Properties"]["AlarmActions"]
            made_here = text(topic).startswith("<PhotosMonitoringAlarms")
            assert made_here == name.startswith("Photos")


def test_grants_are_for_objects_of_the_right_bucket(website: Document) -> None:
    (policy,) = (
        one["Properties"]["PolicyDocument"]["Statement"]
        for name, one in website["Resources"].items()
        if name.startswith("WebDefaultPolicy")
    )
    uploads = [one for one in policy if "s3:PutObject" in one["Action"]]
    assert len(uploads) == 2
    for statement in uploads:
        assert set(statement["Action"]) == {"s3:PutObject", "s3:AbortMultipartUpload"}
        assert text(statement["Resource"]).endswith(".Arn>/*")


def test_only_the_one_that_is_asked_writes_outputs(website: Document) -> None:
    """The command line finds it; the alarms of the other say what it lacks."""
    outputs = website["Outputs"]
    assert text(outputs["OriginalBucketName"]["Value"]).startswith("resize-website-p-")
    for alarm in resources(website, "AWS::CloudWatch::Alarm"):
        description = text(alarm["AlarmDescription"])
        if "resize-on-upload " in description:
            assert "--stack-name Website --region" in description
            is_avatars = alarm["AlarmName"].startswith("Website-Avatars")
            assert ("outputs=True" in description) == is_avatars


def test_cdk_nag_finds_nothing_in_them(app: tuple[Path, list[str]]) -> None:
    report = json.loads((app[0] / "validation-report.json").read_text())
    found = [
        construct["constructPath"]
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    ]
    assert "Website/Uploads/Resource" in found
    both = ("Website/Photos/", "Website/Avatars/")
    assert [path for path in found if path.startswith(both)] == []


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_all_mistakes_are_one_error_in_python_s_words(
    app: tuple[Path, list[str]], number: int
) -> None:
    message, expected = app[1][number], WRONG[number][1]
    assert [one for one in expected if one not in message] == []
    assert "context " not in message
    assert bool(message) == bool(expected)


def test_every_setting_is_an_argument() -> None:
    keys = SETTINGS.keys() - OF_THE_APP_ONLY - OTHER_ARGUMENTS
    assert {snake_case(key) for key in keys} == Options.__annotations__.keys()


def test_a_message_names_what_a_program_has() -> None:
    message = "context webAcl='x': -c firewall=true makes one for CloudFront"
    assert (
        in_python(message, "s")
        == "web_acl='x': ResizeFirewall makes one for CloudFront"
    )


@pytest.mark.parametrize("kind", ["path", "text", "dict", "list"])
def test_sizes_are_a_file_its_content_or_the_list_in_it(
    kind: str, tmp_path: Path
) -> None:
    file = tmp_path / "my.json"
    file.write_text('{"sizes": ["150x"]}')
    sizes: dict[str, Any] = {
        "path": file,
        "text": str(file),
        "dict": {"sizes": ["150x"]},
        "list": ["150x"],
    }
    source = SizesSource.of_argument(sizes[kind])
    assert source.checked([], 99).compact == '{"sizes":["150x"]}'


def test_what_a_program_passes_is_not_changed() -> None:
    size = {"geometry": "150x", "watermark": {"file": "no.png"}}
    document = {"sizes": [size]}
    SizesSource.of_argument(document).checked([], 999)
    assert size == {"geometry": "150x", "watermark": {"file": "no.png"}}


def test_watermarks_are_in_their_folder(tmp_path: Path) -> None:
    (tmp_path / "logo.png").write_bytes(images.png(9, 9))
    size = {"geometry": "150x", "watermark": {"file": "logo.png"}}
    mistakes: list[str] = []
    found = SizesSource.of_argument([size], tmp_path).checked(mistakes, 999)
    assert list(found.watermarks.values()) == [images.png(9, 9)], mistakes
    missing = SizesSource.of_argument([size], tmp_path / "no")
    assert not missing.checked(mistakes, 999).compact
    assert "logo.png" in mistakes[0]


def test_what_is_not_json_is_a_mistake() -> None:
    mistakes: list[str] = []
    wrong: Any = [{1, 2}]
    assert SizesSource.of_argument(wrong).checked(mistakes, 999).compact == ""
    assert mistakes[0].startswith("sizes: is not JSON: ")


@pytest.mark.parametrize("wrong", [None, 5, True, 1.5])
def test_sizes_of_another_type_are_a_mistake(wrong: Any) -> None:
    mistakes: list[str] = []
    assert SizesSource.of_argument(wrong).checked(mistakes, 999).compact == ""
    assert mistakes[0].startswith("sizes: sizes: must be a list of 1 to 50 sizes")


def test_doubtful_sizes_are_warnings_of_synth(tmp_path: Path) -> None:
    """The CDK prints them, and deploys."""
    file = tmp_path / "sizes.json"
    file.write_text('{"sizes": [{"geometry": "1x", "include": ["a/"]}]}')
    stack = Stack(App(), "Warned")
    ResizeOnUpload(stack, "Images", sizes=file)
    warnings = Annotations.from_stack(stack).find_warning(
        "*", Match.string_like_regexp(r"sizes\[0\]\.include\[0\].*Write")
    )
    assert len(warnings) == 1
