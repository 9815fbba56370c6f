"""`resize-on-upload invalidate`: what it sends, prints and returns."""

from __future__ import annotations

import json
from typing import Any

import pytest

from resize_on_upload.reconcile.description.metadata import cache_tag
from resize_on_upload_cli.actions.invalidate import (
    MAX_TAGS,
    MAX_WILDCARDS,
    TIMEOUT_SECONDS,
)
from resize_on_upload_cli.errors import ExitCode, UnfinishedError, UsageError
from tests.support.fake_stack import FakeStack, run_command

SIZES = """{
    "sizes": [
        "9x",
        {"geometry": "5x", "make": "request"},
        {"geometry": "x7", "include": ["avatars/*"]}
    ],
    "manifest": true
}"""


class FakeCloudFront:
    """Records invalidations; completes each when it is asked for the second time."""

    def __init__(self, *, completes: bool = True) -> None:
        self.completes = completes
        self.batches: list[list[str]] = []
        self.polls = 0

    def create_invalidation(self, **call: Any) -> dict[str, Any]:
        assert call["DistributionId"] == "E1"
        paths = call["InvalidationBatch"]["Paths"]
        assert paths["Quantity"] == len(paths["Items"])
        self.batches.append(paths["Items"])
        return {"Invalidation": {"Id": f"I{len(self.batches)}"}}

    def get_invalidation(self, **call: Any) -> dict[str, Any]:
        assert call == {"DistributionId": "E1", "Id": f"I{len(self.batches)}"}
        self.polls += 1
        done = self.completes and self.polls % 2 == 0
        return {"Invalidation": {"Status": "Completed" if done else "InProgress"}}


@pytest.fixture
def cloudfront() -> FakeCloudFront:
    return FakeCloudFront()


@pytest.fixture
def stack(cloudfront: FakeCloudFront) -> FakeStack:
    """A deployment with delivery."""
    found = FakeStack(SIZES)
    found.outputs["DistributionId"] = "E1"
    found._clients["cloudfront"] = cloudfront
    return found


@pytest.fixture
def tagged(stack: FakeStack) -> FakeStack:
    """The same with the setting `invalidate`."""
    stack.function["Environment"]["Variables"]["CACHE_TAGS"] = "true"
    return stack


def test_a_key_is_one_tag(
    tagged: FakeStack, cloudfront: FakeCloudFront, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also of an original that is gone, or whose sizes were dropped."""
    assert run_command(tagged, "invalidate a.png avatars/b.png a.png") == 0
    tags = [f"#{cache_tag(key)}" for key in ("a.png", "avatars/b.png")]
    assert cloudfront.batches == [tags]
    assert capsys.readouterr().out.splitlines() == [
        f"I1  {tags[0]}  a.png",
        f"I1  {tags[1]}  avatars/b.png",
    ]


def test_without_tags_a_key_is_a_path_for_each_size(
    stack: FakeStack, cloudfront: FakeCloudFront
) -> None:
    """With every version in its query."""
    assert run_command(stack, "invalidate avatars/b.png") == 0
    names = ("9x/avatars/b.png", "5x/avatars/b.png", "x7/avatars/b.png")
    paths = [*(f"/{name}*" for name in names), "/manifest/avatars/b.png.json*"]
    assert cloudfront.batches == [paths]


def test_a_path_is_sent_in_every_encoding(
    stack: FakeStack, cloudfront: FakeCloudFront
) -> None:
    """CloudFront asks for RFC 1738's, and browsers send what the page has."""
    assert run_command(stack, "invalidate 'a b+ü(1)~%,.png'") == 0
    (batch,) = cloudfront.batches
    assert batch[:3] == [
        "/9x/a%20b%2B%C3%BC%281%29~%25%2C.png*",
        "/9x/a%20b+%C3%BC(1)~%25,.png*",
        "/9x/a+b%2B%C3%BC%281%29~%25%2C.png*",
    ]
    assert all(item.isascii() and " " not in item for item in batch)


@pytest.mark.parametrize("key", ["*", "a*", "a*b.png", "**"])
def test_an_asterisk_in_a_key_is_no_wildcard(
    stack: FakeStack, cloudfront: FakeCloudFront, key: str
) -> None:
    """Else all other keys would be forgotten, or CloudFront would refuse the path."""
    assert run_command(stack, f"invalidate '{key}'") == 0
    (batch,) = cloudfront.batches
    assert batch[0] == f"/9x/{key.replace('*', '%2A')}*"
    assert all(item.count("*") == 1 for item in batch)


def test_a_key_without_sizes_leaves_work(
    cloudfront: FakeCloudFront, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = FakeStack('{"sizes": [{"geometry": "9x", "include": ["a/*"]}]}')
    stack.outputs["DistributionId"] = "E1"
    stack._clients["cloudfront"] = cloudfront
    assert run_command(stack, "invalidate a/b.png c.png") == ExitCode.WORK_LEFT
    assert cloudfront.batches == [["/9x/a/b.png*"]]
    assert "c.png: has no size" in capsys.readouterr().err


def test_all_is_one_wildcard(
    stack: FakeStack, cloudfront: FakeCloudFront, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(stack, "invalidate --all") == ExitCode.WORK_LEFT
    assert cloudfront.batches == []
    assert "--yes" in capsys.readouterr().err
    assert run_command(stack, "invalidate --all --yes --json") == 0
    assert cloudfront.batches == [["/*"]]
    printed = json.loads(capsys.readouterr().out)
    assert (printed["key"], printed["item"]) == (None, "/*")
    assert printed["invalidation"] == "I1"


@pytest.mark.parametrize("command", ["invalidate", "invalidate --all a.png"])
def test_keys_or_everything(stack: FakeStack, command: str) -> None:
    with pytest.raises(UsageError, match="name keys, or --all"):
        run_command(stack, command)


@pytest.mark.parametrize("key", ["''", "folder/", "x" * 1_025])
def test_what_cannot_be_a_key_is_a_usage_error(stack: FakeStack, key: str) -> None:
    with pytest.raises(SystemExit) as end:
        run_command(stack, f"invalidate {key}")
    assert end.value.code == 2


def test_without_delivery_there_is_nothing_to_forget() -> None:
    with pytest.raises(UnfinishedError, match="has no CloudFront"):
        run_command(FakeStack(SIZES), "invalidate a.png")


def test_many_paths_wait_for_each_other(
    stack: FakeStack, cloudfront: FakeCloudFront
) -> None:
    """More wildcards than CloudFront has in progress at once."""
    keys = " ".join(f"{n}.png" for n in range(10))
    assert run_command(stack, f"invalidate {keys}") == 0
    assert [len(batch) for batch in cloudfront.batches] == [MAX_WILDCARDS] * 2
    assert cloudfront.polls == 2


def test_many_tags_are_few_requests(
    tagged: FakeStack, cloudfront: FakeCloudFront
) -> None:
    keys = " ".join(f"{n}.png" for n in range(MAX_TAGS + 1))
    assert run_command(tagged, f"invalidate {keys}") == 0
    assert [len(batch) for batch in cloudfront.batches] == [MAX_TAGS, 1]


def test_it_does_not_wait_for_ever(
    stack: FakeStack, cloudfront: FakeCloudFront, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was sent until then is printed."""
    cloudfront.completes = False
    keys = " ".join(f"{n}.png" for n in range(10))
    with pytest.raises(UnfinishedError, match="within 15 minutes"):
        run_command(stack, f"invalidate {keys} --json")
    assert len(capsys.readouterr().out.splitlines()) == MAX_WILDCARDS
    assert cloudfront.polls * 5 >= TIMEOUT_SECONDS
