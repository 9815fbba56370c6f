"""The CloudFront Function, run by Node; tests/local runs it in njs."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from resize_on_upload.sizes.parser import MAX_SIZES, parse
from stacks.delivery.edge_function import MAX_BYTES, code
from tests.support.edge_paths import EDGE_SIZES, PATHS

SIZES = parse(EDGE_SIZES)


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, object]]:
    paths = json.dumps(list(PATHS))
    found = _run(f"{paths}.map(uri => handler({{request: {{uri, method: 'GET'}}}}))")
    return dict(zip(PATHS, found, strict=True))


def _run(expression: str) -> Any:
    """The value of a JavaScript expression, with the deployed code loaded."""
    node = shutil.which("node")
    if not node:
        pytest.skip("Node is missing: install it to run the edge function")
    script = f"{code(SIZES)}\nconsole.log(JSON.stringify({expression}))"
    done = subprocess.run(
        [node, "-"], input=script, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:24])
def test_only_variants_reach_the_cache(
    path: str, answers: dict[str, dict[str, object]]
) -> None:
    if PATHS[path]:
        assert answers[path] == {"uri": path, "method": "GET"}
    else:
        assert answers[path]["statusCode"] == 404
        assert answers[path]["body"] == {"encoding": "text", "data": "not-found\n"}


def test_preflight_requests_have_no_image_made() -> None:
    answer = _run("handler({request: {uri: '/150x/photo.jpg', method: 'OPTIONS'}})")
    assert answer["statusCode"] == 204
    assert answer["headers"]["allow"] == {"value": "GET, HEAD, OPTIONS"}


def test_edge_function_stays_below_its_limit() -> None:
    names = [f"{n:02}{'x' * 62}" for n in range(MAX_SIZES)]
    entries = [{"geometry": "150x", "name": name} for name in names]
    sizes = parse(json.dumps({"manifest": True, "sizes": entries}))
    assert len(code(sizes).encode()) <= MAX_BYTES


def test_comments_are_not_deployed() -> None:
    assert "//" not in code(SIZES).replace("https://", "").replace("// not UTF-8", "")
