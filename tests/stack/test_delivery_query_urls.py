"""URLs with a query: which size they are for, and what is refused at synth."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from tests.support.templates import resources

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.templates import Document, Synth

CONTEXT = {"delivery": "true", "queryUrls": "true"}


def test_queries_are_ignored_by_default(delivery: Document) -> None:
    (edge,) = resources(delivery, "AWS::CloudFront::Function")
    assert "leadToSize" not in edge["FunctionCode"]


def test_the_edge_function_has_a_table_of_dimensions(synth: Synth) -> None:
    (edge,) = resources(synth(**CONTEXT), "AWS::CloudFront::Function")
    table = {"150x": ["150x", ""], "50x50": ["50x50", ""], "x150": ["x150", ""]}
    assert f"DIMENSIONS = {json.dumps(table)};" in edge["FunctionCode"]


@pytest.mark.parametrize(
    ("sizes", "mistake"),
    [
        (
            ["150x", {"geometry": "150x>", "name": "small"}, "150"],
            "150x and small and 150 are all for ?w=150, but with queryUrls only one",
        ),
        (
            ["50x50", {"geometry": "50x50^", "name": "square", "crop": True}],
            "50x50 and square are all for ?w=50&h=50",
        ),
        ([{"geometry": "50%", "name": "half"}], "no size of config/sizes.json has"),
    ],
)
def test_each_pair_needs_one_size(
    sizes: list[object], mistake: str, tmp_path: Path
) -> None:
    file = tmp_path / "sizes.json"
    file.write_text(json.dumps({"sizes": sizes}))
    assert read({"delivery": "true"}, file).sizes
    with pytest.raises(ConfigurationError) as caught:
        read(CONTEXT, file)
    assert mistake in str(caught.value)


def test_siblings_and_other_boxes_may_be_next_to_it(tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    sizes = [
        {"geometry": "50x50", "formats": ["avif", "webp", "jpeg"]},
        {"geometry": "50x50^", "name": "covers"},
        {"geometry": "50x50<", "name": "enlarged"},
        *("50x", "x50"),
    ]
    file.write_text(json.dumps({"sizes": sizes}))
    assert read(CONTEXT, file).query_urls
