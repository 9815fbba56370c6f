"""Delivery's settings: what they reach, and mistakes in the user's words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload_cdk.configuration.delivery import delivery as settings_of_delivery
from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from tests.support.templates import functions

if TYPE_CHECKING:
    from tests.support.templates import Document, Synth

SIZES = Path(__file__).parents[2] / "config" / "sizes.json"
ON = {"delivery": "true"}


def _mistakes(context: dict[str, str], sizes: Path = SIZES, region: str = "") -> str:
    with pytest.raises(ConfigurationError) as caught:
        read(context, sizes, region)
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "rule"),
    [
        ("delivery", "yes", "must be true or false"),
        ("freshSeconds", "-1", "must be 0 to 31536000 (seconds), for example 300"),
        ("freshSeconds", "5m", "must be 0 to 31536000 (seconds), for example 300"),
        ("requestConcurrency", "0", "must be 1 to 1000 (invocations), or none"),
        ("requestConcurrency", "1001", "must be 1 to 1000 (invocations), or none"),
        ("priceClass", "PriceClass_100", "must be one of 100, 200, all"),
        ("originShield", "Frankfurt", "must be empty or one of us-east-1, us-east-2"),
        ("originShield", "eu-north-1", "must be empty or one of us-east-1, us-east-2"),
    ],
)
def test_a_wrong_value_is_reported_with_its_rule(
    key: str, value: str, rule: str
) -> None:
    assert f"context {key}='{value}': {rule}" in _mistakes(ON | {key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("freshSeconds", "60"),
        ("requestConcurrency", "5"),
        ("priceClass", "all"),
        ("originShield", "eu-west-1"),
    ],
)
def test_a_setting_without_delivery_is_a_mistake(key: str, value: str) -> None:
    expected = "has no effect without delivery; add -c delivery=true, or remove it"
    assert expected in _mistakes({key: value})
    assert read(ON | {key: value}, SIZES).delivery


@pytest.mark.parametrize(
    "document",
    [
        {"make": "request", "sizes": ["150x"]},
        {"sizes": ["150x", {"geometry": "50x50", "make": "request"}]},
    ],
    ids=str,
)
def test_sizes_made_on_request_need_delivery(
    tmp_path: Path, document: Document
) -> None:
    file = tmp_path / "sizes.json"
    file.write_text(json.dumps(document))
    expected = 'config/sizes.json: "make": "request" needs -c delivery=true'
    assert expected in _mistakes({}, file)
    assert '"request"' in read(ON, file).sizes


def test_what_delivery_is_needed_for_is_not_reported_if_it_is_misspelt(
    tmp_path: Path,
) -> None:
    """It was asked for; the only mistake is how."""
    file = tmp_path / "sizes.json"
    file.write_text('{"make": "request", "sizes": ["150x"]}')
    reported = _mistakes({"delivery": "yes", "freshSeconds": "1"}, file)
    assert (
        reported
        == "context delivery='yes': must be true or false; did you mean 'true'?"
    )


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    file.write_text('{"make": "request", "sizes": ["150x"]}')
    context = {"priceClass": "200", "freshSeconds": "1", "requestConcurrency": "0"}
    reported = _mistakes(context, file).splitlines()
    starts = [
        *("context requestConcurrency='0'", "context freshSeconds=1"),
        *("context priceClass='200'", "config/sizes.json"),
    ]
    assert len(reported) == len(starts)
    assert all(line.startswith(s) for line, s in zip(reported, starts, strict=True))


@pytest.mark.parametrize(
    ("region", "reason"),
    [
        ("cn-north-1", "serves no domain of its own there"),
        ("us-gov-west-1", "it has no CloudFront"),
        ("us-isob-east-1", "it has no CloudFront"),
    ],
)
def test_delivery_is_refused_where_cloudfront_is_not(region: str, reason: str) -> None:
    reported = _mistakes(ON, region=region)
    assert f"context delivery='true': is not possible in {region}: " in reported
    assert reason in reported
    read({}, SIZES, region)
    read(ON, SIZES, "eu-central-1")


def test_a_shield_is_accepted_where_there_is_one() -> None:
    parse = settings_of_delivery.SETTINGS["originShield"].parse
    assert [parse(one) for one in ("", "eu-central-1", "me-central-1")] == [
        *(None, "eu-central-1", "me-central-1")
    ]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({}, ""),
        ({"cacheControl": "no-cache"}, "no-cache"),
        (
            ON,
            "public, max-age=300, stale-while-revalidate=60, stale-if-error=86400",
        ),
        (
            ON | {"freshSeconds": "9"},
            "public, max-age=9, stale-while-revalidate=60, stale-if-error=86400",
        ),
        (ON | {"cacheControl": "max-age=5"}, "max-age=5"),
    ],
    ids=str,
)
def test_variants_have_a_cache_control_header_with_delivery(
    synth: Synth, context: dict[str, str], expected: str
) -> None:
    """Of whichever function wrote them; their recipe depends on it."""
    for function in functions(synth(**context)).values():
        variables = function["Environment"]["Variables"]
        assert variables.get("CACHE_CONTROL", "") == expected


def test_the_header_that_delivery_adds_leaves_less_for_sizes(tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    many = [{"geometry": f"{n}x", "name": "n" * 60 + f"{n}"} for n in range(1, 51)]
    file.write_text(json.dumps({"sizes": many}))
    header = len("public, max-age=300, stale-while-revalidate=60, stale-if-error=86400")
    assert f"more than the {3_663 - header} that Lambda leaves" in _mistakes(ON, file)
