"""The configurations of docs/examples serve the URLs that they are for.

Each is a published way to resize images, rebuilt with a sizes.json.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from local.deployment.checkout import copy_project
from local.stack import running
from tests.support import images
from tests.support.deployed import put
from tests.support.edge_accepts import CHROME
from tests.support.nginx import require_nginx
from tests.support.viewer import (
    REFUSED_AT_THE_EDGE,
    path,
    results,
    view,
    wait_for_upload,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.emulator.runtime import Runtime
    from local.stack import Stack

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
FIREWALL = (
    "arn:aws:wafv2:us-east-1:000000000000:global/webacl/images/"
    "1234abcd-12ab-34cd-56ef-1234567890ab"
)
ORIGIN = "https://example.com"
CONTEXT = {
    "delivery": "true",
    "resizedExpirationDays": "30",
    "queryUrls": "true",
    "webAcl": FIREWALL,
    "accessLogs": "true",
    "corsOrigins": ORIGIN,
}


@dataclass(frozen=True, slots=True)
class Seed:
    """One of the published systems.

    Attributes:
        file: Its sizes.json.
        key: An original, 1,500 pixels wide and 1,000 high.
        at_upload: The prefixes of what is made after an upload.
        sizes: Size → type, width and height of the variant.
        unknown: A size that it does not have.
    """

    file: str
    key: str
    at_upload: frozenset[str]
    sizes: dict[str, tuple[str, int, int]]
    unknown: str


SEEDS = {
    "000": Seed(
        file="any-of-a-list-on-request.json",
        key="photo.png",
        at_upload=frozenset(),
        sizes={
            "100x100": ("image/jpeg", 100, 100),
            "200x150": ("image/jpeg", 200, 150),
            "640x480": ("image/jpeg", 640, 480),
            "1280x720": ("image/jpeg", 1_280, 720),
        },
        unknown="101x100",
    ),
    "001": Seed(
        file="steps-of-width-on-request.json",
        key="article/photo.jpg",
        at_upload=frozenset({"manifest"}),
        sizes={
            "100x": ("image/jpeg", 100, 67),
            "150x": ("image/jpeg", 150, 100),
            "250x": ("image/jpeg", 250, 167),
            "400x": ("image/jpeg", 400, 267),
            "600x": ("image/jpeg", 600, 400),
        },
        unknown="251x",
    ),
    "002": Seed(
        file="all-at-upload.json",
        key="image.png",
        at_upload=frozenset({"150x", "50x50", "x150"}),
        sizes={
            "150x": ("image/png", 150, 100),
            "50x50": ("image/png", 50, 33),
            "x150": ("image/png", 225, 150),
        },
        unknown="x151",
    ),
    "003": Seed(
        file="named-sizes.json",
        key="img/catimage.png",
        at_upload=frozenset(),
        sizes={
            "small": ("image/png", 150, 100),
            "medium": ("image/png", 300, 200),
            "large": ("image/png", 600, 400),
            "xlarge": ("image/png", 1_200, 800),
        },
        unknown="huge",
    ),
    "004": Seed(
        file="cdn-with-formats.json",
        key="images/photo.jpg",
        at_upload=frozenset({"manifest"}),
        sizes={
            "320x": ("image/jpeg", 320, 213),
            "320x.avif": ("image/avif", 320, 213),
            "320x.webp": ("image/webp", 320, 213),
            "640x": ("image/jpeg", 640, 427),
            "1280x": ("image/jpeg", 1_280, 853),
            "200x200": ("image/jpeg", 200, 200),
            "200x200.avif": ("image/avif", 200, 200),
        },
        unknown="320x.png",
    ),
    "wordpress": Seed(
        file="wordpress.json",
        key="wp-content/uploads/2026/11/photo.jpg",
        at_upload=frozenset(
            {"thumbnail", "medium", "medium_large", "large", "1536x1536", "2048x2048"}
        ),
        sizes={
            "thumbnail": ("image/jpeg", 150, 150),
            "medium": ("image/jpeg", 300, 200),
            "medium_large": ("image/jpeg", 768, 512),
            "large": ("image/jpeg", 1_024, 683),
            "1536x1536": ("image/jpeg", 1_500, 1_000),
            "2048x2048": ("image/jpeg", 1_500, 1_000),
        },
        unknown="post-thumbnail",
    ),
    "strapi": Seed(
        file="strapi.json",
        key="photo_5ad7b7527457.png",
        at_upload=frozenset({"thumbnail", "small", "medium", "large"}),
        sizes={
            "thumbnail": ("image/png", 234, 156),
            "small": ("image/png", 500, 333),
            "medium": ("image/png", 750, 500),
            "large": ("image/png", 1_000, 667),
        },
        unknown="xlarge",
    ),
}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_project(tmp_path_factory.mktemp("seeds") / "checkout")


@pytest.fixture(scope="module")
def deployed(deployed_runtime: Runtime, checkout: Path) -> Iterator[Stack]:
    require_nginx()
    with running(
        context=CONTEXT, runtime=deployed_runtime, project=checkout
    ) as started:
        yield started


@pytest.mark.parametrize("number", SEEDS)
def test_each_seed(deployed: Stack, checkout: Path, number: str) -> None:
    seed, key = SEEDS[number], SEEDS[number].key
    text = (EXAMPLES / seed.file).read_text()
    (checkout / "config" / "sizes.json").write_text(text)
    deployed.redeploy(checkout)
    put(deployed, key, _photo(key))
    wait_for_upload(deployed, key)
    assert _stored(deployed, key).keys() == seed.at_upload
    _view_all(deployed, seed, "first")
    on_request = ["made" for size in seed.sizes if size not in seed.at_upload]
    assert results(deployed, key) == on_request
    assert view(deployed, path(seed.unknown, key)).status == 404
    _expire(deployed, key)
    _view_all(deployed, seed, "expired")
    assert results(deployed, key) == on_request + ["made" for _ in seed.sizes]


def _photo(key: str) -> bytes:
    fmt = {"jpg": "jpeg"}.get(key[-3:], key[-3:])
    return images.encoded(fmt, 1_500, 1_000)


def _view_all(stack: Stack, seed: Seed, version: str) -> None:
    """View each size twice; the second time, it comes from S3."""
    for size, (kind, *dimensions) in seed.sizes.items():
        url = f"{path(size, seed.key)}?v={version}"
        first = view(stack, url)
        assert (first.status, first.headers["content-type"]) == (200, kind)
        assert images.dimensions(first.body) == tuple(dimensions)
        assert view(stack, f"{url}-again").entity == first.entity


def _stored(stack: Stack, key: str) -> dict[str, str]:
    """Prefix → the object's key, of all that the resized bucket has for an original."""
    found = stack.s3().list_objects_v2(Bucket=stack.resized).get("Contents", ())
    keys = [one["Key"] for one in found if f"/{key}" in one["Key"]]
    return {name.partition("/")[0]: name for name in keys}


def _expire(stack: Stack, key: str) -> None:
    """Delete the variants, as the lifecycle rule does after its days."""
    for name in _stored(stack, key).values():
        stack.s3().delete_object(Bucket=stack.resized, Key=name)


def test_the_steps_come_with_a_srcset(deployed: Stack, checkout: Path) -> None:
    """The manifest lists them before any of them is made."""
    seed = SEEDS["001"]
    (checkout / "config" / "sizes.json").write_text((EXAMPLES / seed.file).read_text())
    deployed.redeploy(checkout)
    put(deployed, "srcset.jpg", images.encoded("jpeg", 1_500, 1_000))
    wait_for_upload(deployed, "srcset.jpg")
    manifest = json.loads(view(deployed, "/manifest/srcset.jpg.json").body)
    widths = [one["width"] for one in manifest["variants"]]
    assert widths == [100, 150, 250, 400, 600]
    for entry in manifest["srcset"].split(", "):
        url, width = entry.split(" ")
        found = view(deployed, f"/{url.removeprefix('/')}")
        assert f"{images.dimensions(found.body)[0]}w" == width
    assert results(deployed, "srcset.jpg") == ["made"] * 5


@pytest.mark.parametrize(
    ("query", "accept", "expected"),
    [
        ("w=640", "*/*", ("image/jpeg", 640, 427)),
        ("w=640", CHROME, ("image/avif", 640, 427)),
        ("w=640", "image/webp", ("image/webp", 640, 427)),
        ("w=200&h=200", CHROME, ("image/avif", 200, 200)),
        ("w=320&f=webp", CHROME, ("image/webp", 320, 213)),
        ("w=320&f=jpg", CHROME, ("image/jpeg", 320, 213)),
        ("h=213", CHROME, None),
        ("w=321", CHROME, None),
        ("w=320&f=png", CHROME, None),
    ],
)
def test_a_query_leads_to_the_configured_size(
    deployed: Stack,
    with_formats: str,
    query: str,
    accept: str,
    expected: tuple[str, int, int] | None,
) -> None:
    found = view(deployed, f"/{with_formats}?{query}", headers={"Accept": accept})
    if expected:
        assert (found.status, found.headers["content-type"]) == (200, expected[0])
        assert images.dimensions(found.body) == expected[1:]
    else:
        assert (found.status, found.body) == (404, b"not-found\n")
        assert found.cache == REFUSED_AT_THE_EDGE


def test_it_has_a_firewall_logs_and_origins(deployed: Stack, with_formats: str) -> None:
    """As docs/delivery.md deploys the example with formats."""
    found = deployed.cloud.client("cloudfront").get_distribution_config(
        Id=deployed.outputs["DistributionId"]
    )["DistributionConfig"]
    logs = f"{deployed.outputs['AccessLogsBucketName']}.s3."
    assert found["WebACLId"] == FIREWALL
    assert found["Logging"]["Bucket"].startswith(logs)
    for origin, allowed in ((ORIGIN, ORIGIN), ("https://example.org", None)):
        response = view(deployed, f"/{with_formats}?w=320", headers={"Origin": origin})
        assert response.status == 200
        assert response.headers.get("access-control-allow-origin") == allowed


@pytest.fixture(scope="module")
def with_formats(deployed: Stack, checkout: Path) -> str:
    """The key of an original under the configuration with formats."""
    seed, key = SEEDS["004"], "images/by query.jpg"
    (checkout / "config" / "sizes.json").write_text((EXAMPLES / seed.file).read_text())
    deployed.redeploy(checkout)
    put(deployed, key, _photo(key))
    wait_for_upload(deployed, key)
    return key.replace(" ", "%20")
