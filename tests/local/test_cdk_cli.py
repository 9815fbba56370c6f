"""The stock CDK command line, as a user runs it, against the local cloud."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.cloud import REGION, ROOT_KEY, Cloud, start_cloud
from local.stack import CLOUD_PYTHON

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
ACCOUNT = "000000000000"


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


def _cdk(
    cloud: Cloud | None, out: Path, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """`npx cdk …` with Docker out of reach, exit codes and all."""
    bare = out.parent / "bin"
    bare.mkdir(exist_ok=True)
    for tool in ("node", "python", "sh", "env"):
        if (found := shutil.which(tool)) and not (bare / tool).exists():
            (bare / tool).symlink_to(found)
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{bare}",
        "HOME": str(out.parent),
        "CI": "true",
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        **(cloud.environment() if cloud else {}),
    }
    return subprocess.run(
        [
            ROOT / "node_modules" / ".bin" / "cdk",
            *arguments,
            # The local cloud has neither queries nor alarms on a calculation.
            *("-c", "dashboard=false", "-c", "metrics=none"),
            *("--output", str(out), "--no-notices", "--no-version-reporting"),
        ],
        check=False,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )


def _pretend_the_image_is_pushed(cloud: Cloud, out: Path) -> None:
    """No Docker here: the CLI skips images that the repository has already."""
    assets = json.loads((out / "ResizeOnUpload.assets.json").read_text())
    registry = cloud.client("ecr")
    for tag in assets["dockerImages"]:
        with suppress(registry.exceptions.ImageTagAlreadyExistsException):
            registry.put_image(
                repositoryName=f"cdk-hnb659fds-container-assets-{ACCOUNT}-{REGION}",
                imageTag=tag,
                imageManifest=json.dumps({"schemaVersion": 2, "tag": tag}),
            )


def test_synth_needs_no_docker(tmp_path: Path) -> None:
    done = _cdk(None, tmp_path / "out", "synth", "--quiet")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out" / "ResizeOnUpload.template.json").exists()


def test_bootstrap_deploy_diff_destroy(cloud: Cloud, tmp_path: Path) -> None:
    """The four commands of the README, in their order."""
    out = tmp_path / "out"
    done = _cdk(cloud, out, "bootstrap", f"aws://{ACCOUNT}/{REGION}")
    assert done.returncode == 0, done.stderr
    assert _cdk(cloud, out, "synth", "--quiet").returncode == 0
    _pretend_the_image_is_pushed(cloud, out)

    done = _cdk(cloud, out, "deploy", "--require-approval", "never")
    assert done.returncode == 0, done.stderr
    assert "ResizeOnUpload.TryIt = aws s3 cp photo.jpg" in done.stderr + done.stdout

    done = _cdk(cloud, out, "diff", "--fail", "--method", "template")
    assert done.returncode == 0, done.stderr
    assert "There were no differences" in done.stderr + done.stdout

    done = _cdk(cloud, out, "destroy", "--force")
    assert done.returncode == 0, done.stderr
    buckets = {b["Name"] for b in cloud.client("s3").list_buckets()["Buckets"]}
    prefix = f"resize-{ACCOUNT}-{REGION}"
    assert {f"{prefix}-original", f"{prefix}-resized"} <= buckets
    functions = cloud.client("lambda").list_functions()["Functions"]
    assert functions == []


def _tags(out: Path) -> dict[str, list[dict[str, str]]]:
    """Every bucket and its tags, which the local cloud's CloudFormation leaves away."""
    template = json.loads((out / "ResizeOnUpload.template.json").read_text())
    return {
        resource["Properties"]["BucketName"]: resource["Properties"].get("Tags", [])
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::S3::Bucket"
    }


def test_destroy_empties_and_removes_what_may_be_made_again(
    cloud: Cloud, tmp_path: Path
) -> None:
    """With every version of everything in them; originals stay."""
    out = tmp_path / "out"
    chosen = ("-c", "bucketPrefix=gone", "-c", "onDestroy=delete-resized")
    assert _cdk(cloud, out, "bootstrap", f"aws://{ACCOUNT}/{REGION}").returncode == 0
    assert _cdk(cloud, out, "synth", "--quiet", *chosen).returncode == 0
    _pretend_the_image_is_pushed(cloud, out)
    done = _cdk(cloud, out, "deploy", "--require-approval", "never", *chosen)
    assert done.returncode == 0, done.stderr
    client = cloud.client("s3")
    for bucket, tags in _tags(out).items():
        client.put_object(Bucket=bucket, Key="a/b.png", Body=b"x")
        if tags:
            client.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})

    done = _cdk(cloud, out, "destroy", "--force", *chosen)
    assert done.returncode == 0, done.stderr
    left = {one["Name"] for one in client.list_buckets()["Buckets"]}
    assert "gone-original" in left
    assert not left & {"gone-resized", "gone-jobs"}
