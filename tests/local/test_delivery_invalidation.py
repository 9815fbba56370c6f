"""Invalidations: what viewers see seconds later, and how many are sent."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from local.delivery.purge import purge
from resize_on_upload.events.envelopes import reconcile_event
from resize_on_upload.reconcile.description.metadata import cache_tag
from tests.support import images
from tests.support.deployed import put
from tests.support.viewer import HIT, MISS, path, view, view_until, wait_for_upload

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from local.stack import Stack
    from tests.support.viewer import Response

RED, WIDE = images.png(20, 20), images.png(40, 20)
SIZES = ("150x", "50x50", "asked", "300x")


def _is_wide(response: Response) -> bool:
    return response.status == 200 and response.body[16:20] != response.body[20:24]


def _upload(stack: Stack, body: bytes = RED) -> str:
    key = f"{uuid4()} +ü.png"
    put(stack, key, body)
    wait_for_upload(stack, key)
    return key


def _urls(keys: Iterable[str]) -> list[str]:
    """Of every size, and with a version."""
    urls = [path(size, key) for key in keys for size in SIZES]
    return [*urls, *(f"{url}?v=00000000" for url in urls)]


def _sent(stack: Stack, key: str) -> int:
    """The number of invalidations of a key so far."""
    client: Any = stack.cloud.client("cloudfront")
    name = stack.outputs["DistributionId"]
    listed = client.list_invalidations(DistributionId=name)["InvalidationList"]
    found = (
        client.get_invalidation(DistributionId=name, Id=one["Id"])
        for one in listed.get("Items", ())
    )
    tag = [f"#{cache_tag(key)}"]
    batches = (one["Invalidation"]["InvalidationBatch"] for one in found)
    return sum(batch["Paths"]["Items"] == tag for batch in batches)


def test_tag_invalidation_forgets_all_sizes_of_one(fresh_stack: Stack) -> None:
    """Of every size, every version, and no other key's; nothing of it is left in S3."""
    key, other = _upload(fresh_stack), _upload(fresh_stack)
    for url in _urls([key, other]):
        assert view(fresh_stack, url).cache == MISS
        assert view(fresh_stack, url).cache == HIT
    assert _sent(fresh_stack, key) == 0
    put(fresh_stack, key, WIDE)
    for url in _urls([key]):
        view_until(fresh_stack, url, _is_wide)
    assert {view(fresh_stack, url).cache for url in _urls([other])} == {HIT}
    assert (_sent(fresh_stack, key), _sent(fresh_stack, other)) == (1, 0)


def test_a_deleted_original_is_gone_at_once(fresh_stack: Stack) -> None:
    """Long before its freshness ends."""
    key = _upload(fresh_stack)
    for url in _urls([key]):
        assert view(fresh_stack, url).status == 200
    fresh_stack.s3().delete_object(Bucket=fresh_stack.original, Key=key)
    for url in _urls([key]):
        view_until(fresh_stack, url, lambda response: response.status == 404)
    assert _sent(fresh_stack, key) == 1


def test_a_new_original_and_a_backfill_send_none(fresh_stack: Stack) -> None:
    key = _upload(fresh_stack)
    event = json.dumps(reconcile_event(fresh_stack.original, key))
    fresh_stack.s3().delete_object(Bucket=fresh_stack.resized, Key=f"150x/{key}")
    for _ in range(2):
        fresh_stack.cloud.client("lambda").invoke(
            FunctionName=fresh_stack.outputs["FunctionName"], Payload=event
        )
    line = wait_for_upload(fresh_stack, key, 2)
    assert line["sizes_written"] == 1
    assert "invalidations" not in line
    assert _sent(fresh_stack, key) == 0


def test_a_storm_of_overwrites_ends_right(fresh_stack: Stack) -> None:
    """Each event sends one at most; those that are processed together share one."""
    key = _upload(fresh_stack)
    url = path("150x", key)
    assert not _is_wide(view(fresh_stack, url))
    writes = 12
    for number in range(writes):
        put(fresh_stack, key, RED if number < writes - 1 else WIDE)
    wait_for_upload(fresh_stack, key, 1 + writes)
    view_until(fresh_stack, url, _is_wide)
    assert 1 <= _sent(fresh_stack, key) <= writes


def test_the_command_invalidates(fresh_stack: Stack) -> None:
    key, other = _upload(fresh_stack), _upload(fresh_stack)
    urls = [path("150x", one) for one in (key, other)]
    for url in urls:
        view(fresh_stack, url)
    done = _command(fresh_stack, key, "--json")
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["item"] == f"#{cache_tag(key)}"
    view_until(fresh_stack, urls[0], lambda response: response.cache == MISS)
    assert view(fresh_stack, urls[1]).cache == HIT
    _command(fresh_stack, "--all", "--yes")
    view_until(fresh_stack, urls[1], lambda response: response.cache == MISS)


def _command(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "resize_on_upload_cli.cli", "invalidate", *arguments],
        env=stack.environment(),
        check=True,
        capture_output=True,
        text=True,
    )


KEY = "/150x/a%20b.jpg?v=1"
CACHED = (
    b"\x05\x00binary\nKEY: " + KEY.encode() + b"\nHTTP/1.1 200 OK\r\n"
    b"X-Amz-Meta-Cache-Tag: Abc, def\r\nETag: #ghi\r\n\r\n#jkl\nKEY: /x\n"
)


@pytest.mark.parametrize(
    ("item", "forgotten"),
    [
        ("/*", True),
        ("/150x/a%20b.jpg*", True),
        (KEY, True),
        (KEY.partition("?")[0], False),
        ("/150x/a b.jpg*", False),
        ("/15*0x", False),
        (f"/{quote('x')}", False),
        ("#abc", True),
        ("#DEF", True),
        ("#ab", False),
        ("#ghi", False),
        ("#", False),
    ],
)
def test_the_stand_in_forgets_what_cloudfront_would(
    tmp_path: Path,
    item: str,
    forgotten: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    file = tmp_path / "1" / "file"
    file.parent.mkdir()
    file.write_bytes(CACHED)
    purge(tmp_path, [item], "x-amz-meta-cache-tag")
    assert file.exists() is not forgotten


def test_without_its_header_no_tag_is_known(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CACHED)
    purge(tmp_path, ["#abc"], "")
    purge(tmp_path, ["#abc"], "x-other")
    assert (tmp_path / "file").exists()
