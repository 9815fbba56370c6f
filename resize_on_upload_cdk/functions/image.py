"""The container image: built at the deployment, or one that is in ECR already."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, cast

from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_lambda as lambda_

import resize_on_upload
from resize_on_upload.sizes.watermarks import files

if TYPE_CHECKING:
    from constructs import Construct

    from resize_on_upload_cdk.configuration.settings import Settings

IMAGE = Path(resize_on_upload.__file__).parent
"""What the container image is built from: the Dockerfile is in the package."""

WATERMARKS = Path("sizes", "watermarks")
"""The folder of their files in the image."""


def code(
    scope: Construct, settings: Settings, command: list[str] | None = None
) -> lambda_.DockerImageCode:
    """The container image, with another command if one is given."""
    if settings.image_uri:
        repository = ecr.Repository.from_repository_name(scope, "Image", "replaced")
        return lambda_.DockerImageCode.from_ecr(repository, cmd=command)
    return lambda_.DockerImageCode.from_image_asset(
        str(_source(settings)),
        cmd=command,
        build_args={"IMAGE_REFRESH": settings.image_refresh},
    )


def use_given(function: lambda_.DockerImageFunction, settings: Settings) -> None:
    """Have the function use the image of `imageUri`, if there is one.

    CDK takes the parts of a URI only, and a parameter of CloudFormation has the whole.
    """
    if settings.image_uri:
        resource = cast("lambda_.CfnFunction", function.node.default_child)
        resource.add_property_override("Code.ImageUri", settings.image_uri)


def _source(settings: Settings) -> Path:
    """What the image is built from; a copy of it if watermarks are added.

    CDK copies what the build needs while it synthesizes.
    """
    if not settings.watermarks:
        return IMAGE
    folder = Path(tempfile.mkdtemp(prefix="resize-on-upload-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    unneeded = shutil.ignore_patterns("__pycache__", "*.so")
    shutil.copytree(IMAGE, folder, ignore=unneeded, dirs_exist_ok=True)
    for digest, data in settings.watermarks.items():
        (folder / WATERMARKS / files.file_name(digest)).write_bytes(data)
    return folder
