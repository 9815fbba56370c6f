"""The deployed stack with delivery, started once for all tests of what viewers get."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from local.deployment.checkout import copy_project
from local.stack import running
from tests.support import images
from tests.support.cloud_proxy import on_request_through
from tests.support.deployed import put
from tests.support.nginx import require_nginx
from tests.support.viewer import path, upload, view

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.emulator.cloud_proxy import CloudProxy
    from local.emulator.runtime import Runtime
    from local.stack import Stack

SIZES = {
    "manifest": True,
    "sizes": [
        "150x",
        "50x50",
        {"geometry": "150x", "name": "asked", "make": "request"},
        {"geometry": "300x", "make": "request"},
        {"geometry": "20x", "name": "avatar", "include": ["avatars/*"]},
        {
            "geometry": "1300x1300",
            "name": "large",
            "make": "request",
            "include": ["large/*"],
        },
        {
            "geometry": "60x",
            "name": "modern",
            "formats": ["avif", "webp", "original"],
            "include": ["formats/*"],
        },
        {
            "geometry": "60x",
            "name": "later",
            "make": "request",
            "formats": ["webp", "avif", "original"],
            "include": ["formats/*"],
        },
    ],
}

CONTEXT = {
    "delivery": "true",
    "freshSeconds": "1",
    "carryOver": "cache-control,content-disposition,content-language,metadata:author",
}


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose sizes are made at upload and on request."""
    return copy_project(tmp_path_factory.mktemp("delivery") / "checkout", SIZES)


@pytest.fixture(scope="session")
def delivery_stack(deployed_runtime: Runtime, project: Path) -> Iterator[Stack]:
    """The template with delivery; nginx serves what the distribution would."""
    require_nginx()
    with running(context=CONTEXT, runtime=deployed_runtime, project=project) as started:
        yield started


@pytest.fixture(scope="session")
def fresh_stack(deployed_runtime: Runtime, project: Path) -> Iterator[Stack]:
    """The same with all that makes a replaced image seen before its hour is over."""
    require_nginx()
    context = {"delivery": "true", "freshSeconds": "3600"}
    context |= {"versionedUrls": "true", "invalidate": "true"}
    with running(context=context, runtime=deployed_runtime, project=project) as started:
        yield started


@pytest.fixture(scope="module")
def on_request_s3(delivery_stack: Stack) -> Iterator[CloudProxy]:
    """What is between the on-request function and S3."""
    with on_request_through(delivery_stack) as proxy:
        yield proxy


@pytest.fixture
def photo(delivery_stack: Stack) -> str:
    """The key of a new original, resized."""
    return upload(delivery_stack, images.png(40, 30))


@pytest.fixture(scope="session")
def old(delivery_stack: Stack) -> dict[str, str]:
    """The key of an original with a small variant, and of one with a large one.

    Made early: only when a variant is a minute old is it clear that S3 refuses it.
    """
    large = f"large/{uuid4()}.png"
    put(delivery_stack, large, images.noise(1_300))
    assert view(delivery_stack, path("large", large)).status == 307
    return {"150x": upload(delivery_stack, images.png(40, 30)), "large": large}
