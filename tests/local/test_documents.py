"""Run the commands of the README and the documents at a terminal, unchanged.

From an empty account to an empty account: the stock CDK command line and the AWS CLI
against the local cloud. What it lacks is put in its place, and output here.
"""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

import pytest

from local.cloud import REGION, ROOT_KEY, Cloud, start_cloud
from local.deployment.checkout import copy_project
from local.emulator.environment import Starter
from local.emulator.lambda_pool import LambdaPool
from local.emulator.runtime import on_this_machine
from local.stack import CLOUD_PYTHON, FUNCTION_PYTHON, emulator_program
from scripts.transcript import TRANSCRIPTS, shown
from tests.support import images
from tests.support.waiting import MAX_SECONDS, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ACCOUNT = "000000000000"
EXAMPLE_BUCKETS = "resize-111122223333-eu-central-1"
BUCKETS = f"resize-{ACCOUNT}-{REGION}"

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")

KEY = "1234abcd-12ab-34cd-56ef-1234567890ab"
CERTIFICATE = f"arn:aws:acm:us-east-1:111122223333:certificate/{KEY}"
REGISTRY = "111122223333.dkr.ecr.eu-central-1.amazonaws.com"
WEB_ACL = f"arn:aws:wafv2:us-east-1:111122223333:global/webacl/Firewall-a1b2c3/{KEY}"

RUN_ELSEWHERE = {
    "make demo": "tests/local/test_demo.py",
    "make demo ENGINE=docker": "tests/unit/test_container.py, with a fake engine",
    "make demo ENGINE=podman PHOTOS=~/Pictures/holiday": "the same",
    "make local ENGINE=docker": "the same",
    "make installed": "make demo does it first",
    "make test": "this",
    "resize-on-upload doctor --stack": "tests/local/test_caller_permissions.py",
    "make unit": "make test runs the unit tests, too",
    "make lint": "make test begins with it",
    "make format": "it changes files; make lint checks that there are none to change",
    "make fuzz": "it takes a minute and a compiler; tests/unit/test_probe.py has seeds",
    "python3 -m venv .venv": "local/install, as make does",
    ". .venv/bin/activate": "the same",
    "pip install -r requirements.txt && npm install": "local/install, as make does",
    'pip install "../resize-on-upload[cdk]"': "tests/stack/test_wheel.py",
    "make image": "tests/local/test_image_archive.py",
    "make template": "tests/stack/test_plain_template.py",
    (
        "aws cloudformation deploy --stack-name ResizeOnUpload --template-file "
        "dist/resize-on-upload.template.json --capabilities CAPABILITY_IAM "
        f"--parameter-overrides ImageUri={REGISTRY}/resize-on-upload:0.2.0"
    ): "tests/local/test_template.py",
    "aws ecr create-repository --repository-name resize-on-upload": "on AWS",
    (
        "aws ecr get-login-password | skopeo login --username AWS --password-stdin "
        f"{REGISTRY}"
    ): "on AWS",
    (
        "skopeo copy oci-archive:dist/resize-on-upload-0.2.0-x86_64.oci.tar "
        f"docker://{REGISTRY}/resize-on-upload:0.2.0"
    ): "on AWS",
    "resize-on-upload estimate photo.jpg": "tests/unit/test_commands.py",
    # The local cloud has no policies of KMS keys.
    f"aws kms get-key-policy --key-id {KEY} --output text > policy.json": "on AWS",
    f"aws kms put-key-policy --key-id {KEY} --policy file://policy.json": "on AWS",
    # These stacks are in tests/stack, too.
    "npx cdk deploy -c delivery=true -c viewerKey=public.pem": (
        "tests/local/test_private.py"
    ),
    (
        "npx cdk deploy -c delivery=true "
        "-c corsOrigins='https://example.com,https://*.example.org'"
    ): "tests/local/test_private.py",
    (
        "npx cdk deploy -c delivery=true -c domainNames=images.example.com "
        f"-c certificate={CERTIFICATE}"
    ): "tests/local/test_private.py",
    f"npx cdk deploy -c delivery=true -c webAcl={WEB_ACL}": (
        "tests/local/test_private.py"
    ),
    "npx cdk deploy -c intake=queue": "tests/stack/test_intake.py",
    "npx cdk deploy -c intake=draining": "the same",
    "npx cdk deploy -c inventoryTables=true": "tests/stack/test_inventory_tables.py",
    (
        "aws glue create-catalog --name s3tablescatalog "
        "--catalog-input file://catalog.json"
    ): "on AWS; tests/stack/test_inventory_tables.py checks its arguments",
    **{
        (
            f"aws s3tables delete-table --name {table} "
            "--namespace b_my-photos-resized --table-bucket-arn "
            "arn:aws:s3tables:eu-central-1:111122223333:bucket/aws-s3"
        ): "the same"
        for table in ("inventory", "journal")
    },
    "npx cdk deploy -c backfillConcurrency=50": "tests/stack/test_backfill_function.py",
    "npx cdk deploy -c backfillConcurrency=50 -c sweep=weekly": (
        "tests/stack/test_sweep.py"
    ),
    "npx cdk deploy ResizeOnUploadFirewall -c firewall=true": (
        "tests/stack/test_firewall.py"
    ),
    (
        "npx cdk deploy -c delivery=true -c queryUrls=true -c accessLogs=true "
        f"-c corsOrigins=https://example.com -c webAcl={WEB_ACL}"
    ): "tests/local/test_seeds.py",
    "cp docs/examples/cdn-with-formats.json config/sizes.json": (
        "tests/local/test_seeds.py"
    ),
    (
        "aws acm request-certificate --region us-east-1 "
        "--domain-name images.example.com --validation-method DNS"
    ): "on AWS",
    "openssl genrsa -out private.pem 2048": "tests/support/viewer_keys.py, in Python",
    "openssl pkey -in private.pem -pubout -out public.pem": "the same",
    "resize-on-upload urls photo.jpg --sign-with private.pem": (
        "tests/local/test_private.py"
    ),
    (
        "resize-on-upload urls photo.jpg --sign-with private.pem "
        "--no-request --expires 86400"
    ): "tests/unit/test_signing.py",
    "resize-on-upload backfill --all --suffix .jpg --created-after 2026-11-01": (
        "tests/unit/test_batch_jobs.py"
    ),
    "resize-on-upload plan --from tables": "tests/unit/test_tables_commands.py",
    "resize-on-upload backfill --from tables": "the same",
    "resize-on-upload backfill --from tables --yes": "the same",
    "resize-on-upload status letter.pdf": "tests/local/test_operations.py",
    "npx cdk deploy -c delivery=true -c uploadPage=true": (
        "tests/stack/test_upload_page.py"
    ),
    'sh -c "$(resize-on-upload outputs UploadAccessCommand)"': (
        "tests/local/test_upload_page_edge.py, in Python"
    ),
    (
        "aws secretsmanager put-secret-value "
        '--secret-id "$(resize-on-upload outputs UploadTokenArn)" '
        '--secret-string "$(openssl rand -hex 20)"'
    ): "on AWS",
    "resize-on-upload upload photo.jpg --focus 0.3,0.6": "tests/local/test_focus.py",
    "resize-on-upload smoke --sign-with private.pem": "tests/unit/test_signing.py",
    (
        "resize-on-upload html holiday/lake.jpg --alt 'The lake' "
        "--sizes '(min-width: 60em) 50vw, 100vw'"
    ): "tests/local/test_html_page.py",
}


def _blocks(document: Path) -> Iterator[str]:
    """Yield every command in a block of shell, on one line, without its comment."""
    blocks = re.findall(r"```(?:sh|console)\n(.*?)```", document.read_text(), re.DOTALL)
    for block in blocks:
        lines = re.sub(r"\\\n\s*", "", block).splitlines()
        if "$ " in block:
            lines = [line.removeprefix("$ ") for line in lines if line[:2] == "$ "]
        yield from (re.split(r"\s+# ", line)[0].strip() for line in lines)


ONLY_PARSED = {"first-day.md", "runbook.md", "upgrading.md"}
"""Documents whose commands tests/stack/test_runbook.py checks."""


def _documents() -> set[str]:
    files = (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *ROOT.glob("docs/*.md"))
    return {
        command
        for file in files
        if file.name not in ONLY_PARSED
        for command in _blocks(file)
        if command
    }


@dataclass
class Terminal:
    """A user's terminal: a checkout, a home folder, prompts answered with yes.

    Attributes:
        given: Every command that was run.
    """

    project: Path
    environment: dict[str, str]
    given: set[str] = field(default_factory=set)

    def __call__(self, command: str) -> str:
        """Run a command of the documents; return its output. It must succeed."""
        assert command in _documents(), f"no document shows {command!r}"
        self.given.add(command)
        return self.run(command.replace(EXAMPLE_BUCKETS, BUCKETS))

    def run(self, command: str) -> str:
        """Run any command; return its output. It must succeed."""
        terminal, program = pty.openpty()
        process = subprocess.Popen(
            ["sh", "-c", command],
            cwd=self.project,
            env=self.environment,
            stdin=program,
            stdout=program,
            stderr=program,
        )
        os.close(program)
        os.write(terminal, b"y\n" * 3)
        timer = Timer(MAX_SECONDS, process.kill)
        timer.start()
        output = "".join(_read(terminal))
        timer.cancel()
        os.close(terminal)
        print(f"$ {command}\n{output}")
        assert process.wait() == 0, output
        return output


def _read(terminal: int) -> Iterator[str]:
    """Yield everything until the other end is closed."""
    with suppress(OSError):
        while chunk := os.read(terminal, 65_536):
            yield _CONTROL.sub("", chunk.decode(errors="replace"))


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Without TLS and IAM: the CLI assumes roles that only AWS fills with rights."""
    own = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",  # node
        "NODE_PATH": str(ROOT / "node_modules"),  # what Lambda's Node.js has built in
    }
    state = tmp_path_factory.mktemp("cloud")
    started = start_cloud(CLOUD_PYTHON, state, secure=False, extra=own)
    yield started
    started.program.stop()


@pytest.fixture(scope="module")
def terminal(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A checkout after `make demo` and `npm install`, without Docker."""
    home = tmp_path_factory.mktemp("home")
    project = copy_project(home / "resize-on-upload")
    for name in (".venv", "node_modules"):
        (project / name).symlink_to(ROOT / name)
    settings = json.loads((project / "cdk.json").read_text())
    # The local cloud has neither queries nor alarms on a calculation.
    settings["context"] |= {"dashboard": "false", "metrics": "none"}
    (project / "cdk.json").write_text(json.dumps(settings))
    (project / "photo.jpg").write_bytes(images.encoded("jpeg", 300, 200))
    tools = home / "bin"
    tools.mkdir()
    for tool in ("env", "sh", "sleep"):
        (tools / tool).symlink_to(shutil.which(tool) or "")
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{tools}",
        "HOME": str(home),
        "NO_COLOR": "1",
        "TERM": "dumb",
        "NO_UPDATE_NOTIFIER": "1",
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20",
        **cloud.environment(),
    }
    return Terminal(project, environment)


def _pretend_the_image_is_pushed(cloud: Cloud, terminal: Terminal, more: str) -> None:
    """Without Docker: the CLI skips images that the registry already has.

    `cdk synth`, which says what they are, needs neither Docker nor an account.
    """
    alone = dict(terminal.environment)
    del alone["AWS_ENDPOINT_URL"]
    Terminal(terminal.project, alone).run(f"npx cdk synth --quiet {more}")
    out = terminal.project / "cdk.out"
    assets = json.loads((out / "ResizeOnUpload.assets.json").read_text())
    registry = cloud.client("ecr")
    for tag in assets["dockerImages"]:
        with suppress(registry.exceptions.ImageTagAlreadyExistsException):
            registry.put_image(
                repositoryName=f"cdk-hnb659fds-container-assets-{ACCOUNT}-{REGION}",
                imageTag=tag,
                imageManifest=json.dumps({"schemaVersion": 2, "tag": tag}),
            )


def _tag_buckets(cloud: Cloud, terminal: Terminal) -> None:
    """Tag buckets as in the template; the local CloudFormation ignores tags."""
    file = terminal.project / "cdk.out" / "ResizeOnUpload.template.json"
    for name, resource in json.loads(file.read_text())["Resources"].items():
        if resource["Type"] == "AWS::S3::Bucket":
            tags = resource["Properties"].get("Tags", [])
            bucket = f"{BUCKETS}-{re.split(r'[0-9A-F]{8}$', name)[0].lower()}"
            if tags:
                tagging = {"TagSet": tags}
                cloud.client("s3").put_bucket_tagging(Bucket=bucket, Tagging=tagging)


def _buckets(cloud: Cloud) -> set[str]:
    listed = cloud.client("s3").list_buckets()["Buckets"]
    return {one["Name"] for one in listed if one["Name"].startswith(BUCKETS)}


@pytest.fixture(scope="module")
def deployed(
    cloud: Cloud, terminal: Terminal, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Deploy a stack as the README does; return the output of `cdk deploy`."""
    terminal("npx cdk bootstrap")
    _pretend_the_image_is_pushed(cloud, terminal, "")
    output = terminal("npx cdk deploy")
    (name,) = re.findall(r"ResizeOnUpload\.FunctionName = (\S+)", output)
    log = tmp_path_factory.mktemp("function") / "function.log"
    runtime = on_this_machine(FUNCTION_PYTHON)
    starter = Starter(cloud, runtime, emulator_program(), log)
    with LambdaPool(cloud, starter) as pool:
        pool.serve(name)
        yield output


def test_what_is_deployed_resizes(
    deployed: str, cloud: Cloud, terminal: Terminal
) -> None:
    """With the README's outputs, upload and listing, and the output `TryIt`."""
    for name in ("original", "resized"):
        assert re.search(rf"BucketName = {BUCKETS}-{name}\b", deployed)
    terminal(f"aws s3 cp photo.jpg s3://{EXAMPLE_BUCKETS}-original/")
    wait_for(
        lambda: (
            cloud.client("s3").list_objects_v2(Bucket=f"{BUCKETS}-resized")["KeyCount"]
            == 3
        ),
        lambda: "the variants are not there",
    )
    (advice,) = re.findall(r"TryIt = (.*)", deployed)
    assert advice.split(" && ")[0] == f"aws s3 cp photo.jpg s3://{BUCKETS}-original/"
    output = terminal.run(advice)
    assert {"150x/photo.jpg", "50x50/photo.jpg", "x150/photo.jpg"} <= set(
        output.split()
    )
    assert "150x/photo.jpg" in terminal(
        f"aws s3 ls --recursive s3://{EXAMPLE_BUCKETS}-resized/"
    )


@pytest.mark.usefixtures("deployed")
def test_a_prefix_that_prune_does_not_recognise_can_be_listed(
    cloud: Cloud, terminal: Terminal
) -> None:
    cloud.client("s3").put_object(
        Bucket=f"{BUCKETS}-resized", Key="large/a.jpg", Body=b""
    )
    output = terminal(
        f"aws s3 rm --recursive --dryrun s3://{EXAMPLE_BUCKETS}-resized/large/"
    )
    assert f"(dryrun) delete: s3://{BUCKETS}-resized/large/a.jpg" in output


@pytest.mark.usefixtures("deployed")
def test_variants_of_a_size_called_manifest_can_be_listed(
    cloud: Cloud, terminal: Terminal
) -> None:
    for key in ("manifest/a.jpg", "manifest/a.jpg.json"):
        cloud.client("s3").put_object(Bucket=f"{BUCKETS}-resized", Key=key, Body=b"")
    output = terminal(
        "aws s3 rm --recursive --dryrun --exclude '*.json' "
        f"s3://{EXAMPLE_BUCKETS}-resized/manifest/"
    )
    assert f"s3://{BUCKETS}-resized/manifest/a.jpg\n" in output
    assert "manifest/a.jpg.json" not in output


@pytest.mark.usefixtures("deployed")
def test_the_focus_of_an_upload_can_be_set_and_changed(
    cloud: Cloud, terminal: Terminal
) -> None:
    stored = {"Bucket": f"{BUCKETS}-original", "Key": "photo.jpg"}
    bucket = f"s3://{EXAMPLE_BUCKETS}-original/"
    metadata = """--metadata '{"focus": "0.3,0.6"}'"""
    terminal(f"aws s3 cp photo.jpg {bucket} {metadata}")
    first = cloud.client("s3").head_object(**stored)
    terminal(
        f"aws s3 cp {bucket}photo.jpg {bucket}photo.jpg "
        f"--metadata-directive REPLACE {metadata}"
    )
    second = cloud.client("s3").head_object(**stored)
    assert first["Metadata"] == second["Metadata"] == {"focus": "0.3,0.6"}
    assert first.get("VersionId") != second.get("VersionId")


@pytest.mark.usefixtures("deployed")
def test_variants_of_hdr_originals_can_be_removed(
    cloud: Cloud, terminal: Terminal
) -> None:
    resized = f"{BUCKETS}-resized"
    for key in ("150x/hdr/a.avif", "150x/hdr/a.heic", "150x/hdr/a.jpg"):
        cloud.client("s3").put_object(Bucket=resized, Key=key, Body=b"")
    terminal(
        f"aws s3 rm --recursive s3://{EXAMPLE_BUCKETS}-resized/ "
        "--exclude '*' --include '*.avif' --include '*.heic'"
    )
    left = cloud.client("s3").list_objects_v2(Bucket=resized, Prefix="150x/hdr/")
    assert [one["Key"] for one in left["Contents"]] == ["150x/hdr/a.jpg"]


@pytest.mark.usefixtures("deployed")
def test_a_second_deployment_finds_nothing_to_change(terminal: Terminal) -> None:
    output = terminal.run("npx cdk diff --fail --method template")
    assert "There were no differences" in output


def test_a_preview_needs_no_stack(terminal: Terminal) -> None:
    assert "50x50" in terminal(".venv/bin/resize-on-upload preview photo.jpg")
    assert (terminal.project / "preview").is_dir()
    terminal("resize-on-upload preview photo.jpg --focus 0.3,0.6")


@pytest.mark.usefixtures("deployed")
def test_a_second_stack_does_not_affect_the_first(
    cloud: Cloud, terminal: Terminal
) -> None:
    """In the same account and region."""
    first = _buckets(cloud)
    terminal("npx cdk deploy -c stackName=staging")
    output = terminal("resize-on-upload plan --stack-name staging")
    assert f"resize-staging-{ACCOUNT}-{REGION}-original: 0 originals" in output
    terminal("npx cdk destroy -c stackName=staging")
    assert _buckets(cloud) == first
    assert len(cloud.client("lambda").list_functions()["Functions"]) == 1


@pytest.mark.usefixtures("deployed")
def test_it_is_changed_and_removed_as_the_documents_say(
    cloud: Cloud, terminal: Terminal
) -> None:
    """The resized bucket is deleted with its content; originals are kept."""
    terminal(
        "npx cdk deploy -c cacheControl=max-age=86400 "
        "-c carryOver=cache-control,metadata:author"
    )
    terminal("npx cdk deploy -c decoderReuse=1")
    _pretend_the_image_is_pushed(cloud, terminal, "-c imageRefresh=2026-12")
    terminal("npx cdk deploy -c imageRefresh=2026-12")
    terminal("npx cdk deploy -c onDestroy=delete-resized")
    _tag_buckets(cloud, terminal)
    assert cloud.client("s3").list_objects_v2(Bucket=f"{BUCKETS}-resized")["Contents"]
    terminal("npx cdk destroy")
    assert _buckets(cloud) == {f"{BUCKETS}-original"}
    assert cloud.client("lambda").list_functions()["Functions"] == []


def test_every_command_that_is_shown_was_run(terminal: Terminal) -> None:
    """Here, in the transcripts of the documents, or in RUN_ELSEWHERE."""
    transcripts = {
        command
        for document in TRANSCRIPTS
        for command in re.findall(
            r"^\$ (.*)$", shown(document.read_text()), re.MULTILINE
        )
    }
    left = _documents() - terminal.given - transcripts - RUN_ELSEWHERE.keys()
    assert left == set()
    assert RUN_ELSEWHERE.keys() <= _documents()
