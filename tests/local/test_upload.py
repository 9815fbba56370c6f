"""An upload gets its variants, through the deployed template and a real runtime."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

import pytest

from resize_on_upload.imaging.formats import sniff
from resize_on_upload.imaging.imagemagick.magick import Image
from resize_on_upload.imaging.walls.hardening import WALLS
from resize_on_upload.imaging.walls.new_memory import ZEROED
from tests.support import imagemagick, images
from tests.support.deployed import (
    PREFIXES,
    failed_message,
    log_line,
    log_lines,
    put,
    queue_message,
    resized,
)
from tests.support.invocations import batch, queue, s3_record

if TYPE_CHECKING:
    from local.stack import Stack


def size(body: bytes) -> tuple[int, int]:
    with Image(blob=body, format=sniff(body).name) as image:
        return image.width, image.height


@pytest.mark.parametrize("fmt", ["jpeg", "png", "webp", "gif", "avif"])
def test_every_variant_has_the_dimensions_that_imagemagick_computes(
    stack: Stack, fmt: str
) -> None:
    """Compared with `-auto-orient -resize`."""
    key, body = f"{fmt}/photo.{fmt}", images.encoded(fmt, 401, 299)
    put(stack, key, body)
    record = log_line(stack, key)
    assert (record["event"], record["sizes_written"]) == ("image.resized", 3)
    results = resized(stack, key)
    assert sorted(results) == sorted(PREFIXES)
    for prefix, (result, content_type) in results.items():
        arguments = ["-auto-orient", "-resize", prefix, "-format", "%w %h", "info:"]
        expected = imagemagick.run(["-", *arguments], body).split()
        width, height = map(int, expected)
        assert size(result) == (width, height)
        assert content_type == f"image/{fmt}"


def test_a_phone_portrait_is_upright(stack: Stack) -> None:
    """Orientation first, then the geometry: 150 wide as displayed."""
    body = images.exif_orientation(images.encoded("jpeg", 400, 300), 6)
    put(stack, "portrait.jpg", body)
    log_line(stack, "portrait.jpg")
    result = resized(stack, "portrait.jpg")["150x"][0]
    assert size(result) == (150, 200)
    upright = imagemagick.run(["-", "-auto-orient", "png:-"], body)
    expected = images.corners(upright, "png")
    assert images.corners(result, "jpeg") == expected


@pytest.mark.parametrize(
    ("row", "key"),
    [
        (5, "no-extension"),
        (5, "UPPER.JPG"),
        (65, "photo 1.jpg"),
        (65, "a+b.jpg"),
        (65, "100%.jpg"),
        (65, "a%2Fb.jpg"),
        (65, "a%2520b.jpg"),
        (65, "holiday 2026/Zürich + See.jpg"),
        (65, "cafe\u0301.jpg"),
        (65, "caf\u00e9.jpg"),
        (65, "📷.jpg"),
        (66, "../../etc/passwd"),
        (66, "/abs.jpg"),
        (66, "a//b.jpg"),
        (66, "./x.jpg"),
        (66, "back\\slash.jpg"),
        (66, "bell\x07.jpg"),
        (67, "x.jpg[0]"),
        (67, "msl:x.jpg"),
        (67, "label:@x"),
        (67, "-resize"),
        (67, "|ls"),
        (67, "%d.jpg"),
        (67, "https:x.png"),
        (67, "q?a=1&b=2#c.jpg"),
        (69, "150x/photo.jpg"),
    ],
)
def test_any_key_is_kept_byte_for_byte(stack: Stack, row: int, key: str) -> None:
    """A key is an opaque name: decoded once, never used as a path or a file name."""
    assert row
    put(stack, key, images.png(20, 10))
    assert log_line(stack, key)["event"] == "image.resized"
    assert sorted(resized(stack, key)) == sorted(PREFIXES)


def test_threat_81_the_type_is_that_of_the_content(stack: Stack) -> None:
    """Neither the name nor the declared type is used; metadata is ignored."""
    metadata = {"note": "=?utf-8?q?" + "=C3=BC" * 300 + "?="}
    body = images.png(20, 10)
    put(stack, "liar.jpg", body, ContentType="text/html", Metadata=metadata)
    log_line(stack, "liar.jpg")
    assert {kind for _, kind in resized(stack, "liar.jpg").values()} == {"image/png"}


@pytest.mark.parametrize(
    ("name", "body", "code"),
    [
        ("text.jpg", b"hello", "unsupported-format"),
        ("empty.jpg", b"", "empty"),
        ("half.jpg", images.encoded("jpeg")[:600], "truncated"),
        ("cut.png", images.png(90, 90)[:-60], "truncated"),
        ("svg.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unsupported-format"),
    ],
)
def test_bad_input_is_rejected_once(
    stack: Stack, name: str, body: bytes, code: str
) -> None:
    """Nothing is written, one line has the key and the reason, no retry follows."""
    put(stack, name, body)
    record = log_line(stack, name)
    assert (record["event"], record["reason"]) == ("image.rejected", code)
    assert record["message"]
    _outlast_retries(stack)
    assert len(list(log_lines(stack, name))) == 1
    assert resized(stack, name) == {}


def _outlast_retries(stack: Stack) -> None:
    """Wait until an event that fails now has had all its retries."""
    mark = str(uuid4())
    stack.cloud.client("lambda").invoke(
        FunctionName=stack.outputs["FunctionName"],
        InvocationType="Event",
        Payload=json.dumps({"unknown": mark}),
    )
    failed_message(stack, mark)


def test_threat_68_a_key_too_long_for_its_prefix_is_rejected(stack: Stack) -> None:
    key = "k" * 1_020
    put(stack, key, images.png(20, 10))
    assert log_line(stack, key)["reason"] == "key-too-long"
    assert resized(stack, key) == {}


def test_threat_70_a_folder_marker_is_skipped(stack: Stack) -> None:
    put(stack, "folder/", b"")
    assert log_line(stack, "folder/")["event"] == "image.skipped"
    put(stack, "folder/.DS_Store", b"\0\0\0\1Bud1")
    assert log_line(stack, "folder/.DS_Store")["reason"] == "unsupported-format"


def test_threat_71_an_overwrite_replaces_every_size(stack: Stack) -> None:
    put(stack, "twice.png", images.png(20, 10))
    log_line(stack, "twice.png")
    put(stack, "twice.png", images.png(20, 20))
    log_line(stack, "twice.png", 2)
    assert size(resized(stack, "twice.png")["150x"][0]) == (150, 150)


def test_threat_74_a_poison_overwrite_removes_every_size(stack: Stack) -> None:
    """The old image may be the reason for the overwrite."""
    put(stack, "soured.png", images.png(20, 10))
    log_line(stack, "soured.png")
    put(stack, "soured.png", b"not an image")
    record = log_line(stack, "soured.png", 2)
    assert (record["event"], record["sizes_removed"]) == ("image.rejected", 3)
    assert resized(stack, "soured.png") == {}


def test_threat_75_deletes_are_mirrored_and_undone(stack: Stack) -> None:
    """A delete marker, its removal, and the deletion of the newest version."""
    key, client = f"mirror-{uuid4()}.png", stack.s3()
    put(stack, key, images.png(20, 10))
    log_line(stack, key)
    put(stack, key, images.png(20, 20))
    log_line(stack, key, 2)
    marker = client.delete_object(Bucket=stack.original, Key=key)["VersionId"]
    assert log_line(stack, key, 3)["event"] == "image.removed"
    assert resized(stack, key) == {}
    client.delete_object(Bucket=stack.original, Key=key, VersionId=marker)
    assert log_line(stack, key, 4)["event"] == "image.resized"
    assert size(resized(stack, key)["150x"][0]) == (150, 150)
    newest = client.head_object(Bucket=stack.original, Key=key)["VersionId"]
    client.delete_object(Bucket=stack.original, Key=key, VersionId=newest)
    log_line(stack, key, 5)
    assert size(resized(stack, key)["150x"][0]) == (150, 75)


def test_deleting_an_older_version_removes_nothing(stack: Stack) -> None:
    """S3 sends the same event, so it must not delete the variants of a live image."""
    key, client = f"older-{uuid4()}.png", stack.s3()
    put(stack, key, images.png(20, 10))
    log_line(stack, key)
    old = client.head_object(Bucket=stack.original, Key=key)["VersionId"]
    put(stack, key, images.png(20, 20))
    log_line(stack, key, 2)
    client.delete_object(Bucket=stack.original, Key=key, VersionId=old)
    record = log_line(stack, key, 3)
    assert (record["event"], record["reason"]) == (
        "image.skipped",
        "up-to-date",
    )
    assert sorted(resized(stack, key)) == sorted(PREFIXES)


def test_a_variant_s_metadata_describes_it(stack: Stack) -> None:
    key, client = f"labelled-{uuid4()}.png", stack.s3()
    put(stack, key, images.png(20, 10))
    log_line(stack, key)
    version = client.head_object(Bucket=stack.original, Key=key)["VersionId"]
    found = client.head_object(Bucket=stack.resized, Key=f"150x/{key}")["Metadata"]
    recipe = found.pop("recipe")
    assert len(recipe) == 16
    assert found == {
        "source": version,
        "prefix": "150x",
        "geometry": "150x",
        "width": "150",
        "height": "75",
    }


def test_a_rejection_is_recorded_in_the_queue(stack: Stack) -> None:
    key = f"bad-{uuid4()}.jpg"
    put(stack, key, b"hello")
    record = json.loads(queue_message(stack, "RejectedQueueUrl", key))
    assert record["code"] == "unsupported-format"
    assert (record["bucket"], record["key"]) == (stack.original, key)
    assert record["version"] == record["source"]


def test_a_queue_in_between_gets_the_failed_messages(stack: Stack) -> None:
    """A good message, a rejected one, one without an event: only that is retried."""
    keys = (f"good-{uuid4()}.png", f"bad-{uuid4()}.png")
    put(stack, keys[0], images.png(20, 10))
    put(stack, keys[1], b"hello")
    bodies = []
    for key in keys:
        log_line(stack, key)
        bodies.append(json.dumps({"Records": [s3_record(stack.original, key)]}))
    answer = stack.cloud.client("lambda").invoke(
        FunctionName=stack.outputs["FunctionName"],
        Payload=json.dumps(queue(*bodies, "{no json")),
    )
    assert json.loads(answer["Payload"].read()) == {
        "batchItemFailures": [{"itemIdentifier": "2"}]
    }


def test_s3_batch_operations_gets_a_result_for_each_task(stack: Stack) -> None:
    """The same function, with a job's tasks and results."""
    good, bad, gone = (f"{name}-{uuid4()} +.png" for name in ("good", "bad", "gone"))
    put(stack, good, images.png(20, 10))
    put(stack, bad, b"hello")
    log_line(stack, good)
    log_line(stack, bad)
    event = batch(*(quote(key) for key in (good, bad, gone)))
    event["tasks"] = [task | {"s3Bucket": stack.original} for task in event["tasks"]]
    answer = stack.cloud.client("lambda").invoke(
        FunctionName=stack.outputs["FunctionName"], Payload=json.dumps(event)
    )
    results = json.loads(answer["Payload"].read())["results"]
    codes = [result["resultCode"] for result in results]
    assert codes == ["Succeeded", "PermanentFailure", "Succeeded"]
    assert "unsupported-format" in results[1]["resultString"]


def test_threat_73_the_same_event_again_changes_nothing(stack: Stack) -> None:
    """Duplicated and hours late: the bytes stay the same."""
    key = f"again-{uuid4()}.png"
    put(stack, key, images.png(40, 30))
    log_line(stack, key)
    before = resized(stack, key)
    for _ in range(2):
        stack.cloud.client("lambda").invoke(
            FunctionName=stack.outputs["FunctionName"],
            Payload=json.dumps({"Records": [s3_record(stack.original, key)]}),
        )
    assert len(list(log_lines(stack, key))) == 3
    assert [record["sizes_written"] for record in log_lines(stack, key)] == [3, 0, 0]
    assert resized(stack, key) == before


def test_threat_77_a_failing_record_hides_no_other(stack: Stack) -> None:
    """In one event with a bad record, a foreign one and a good one."""
    good, bad = f"good-{uuid4()}.png", f"bad-{uuid4()}.png"
    put(stack, good, images.png(20, 10))
    put(stack, bad, b"hello")
    log_line(stack, good)
    log_line(stack, bad)
    records = [
        s3_record("somebody-elses-bucket", "x.png"),
        s3_record(stack.original, bad),
        s3_record(stack.original, good),
    ]
    answer = stack.cloud.client("lambda").invoke(
        FunctionName=stack.outputs["FunctionName"],
        Payload=json.dumps({"Records": records}),
    )
    assert json.loads(answer["Payload"].read()) == {"uploads": 3, "rejected": 2}
    assert log_line(stack, "x.png")["reason"] == "foreign-bucket"


def test_threat_76_an_unknown_event_is_retried_then_kept(stack: Stack) -> None:
    """An unknown event must not be lost: it ends in the failure queue."""
    mark = str(uuid4())
    stack.cloud.client("lambda").invoke(
        FunctionName=stack.outputs["FunctionName"],
        InvocationType="Event",
        Payload=json.dumps({"unknown": mark}),
    )
    assert mark in failed_message(stack, mark)
    assert mark not in stack.log()  # no whole events in logs


def test_threat_66_the_log_line_has_the_outcome(stack: Stack) -> None:
    """Stable keys, rounded numbers, no body and no secret."""
    put(stack, "line\x1b[31m\tbreak.png", images.png(30, 20))
    record = log_line(stack, "line\x1b[31m\tbreak.png")
    assert record["event"] == "image.resized", record
    assert record["source_format"] == "png"
    assert (record["source_width"], record["source_height"]) == (30, 20)
    assert record["bytes_written"] > 0
    steps = {"download_ms", "derive_ms", "write_ms", "recheck_ms", "duration_ms"}
    steps |= {"decode_ms", "resize_ms", "encode_ms"}
    assert steps <= record.keys()
    known = {"event", "level", "timestamp", "service", "cold_start", "bucket", "key"}
    known |= {
        "version",
        "function_request_id",
        "version_id",
        "sizes_written",
        "source_bytes",
    }
    known |= {"sizes_removed", "rounds", "function_name", "memory_mb", "_aws"}
    known |= {"uploads", "cold_starts", "skipped", "rejected", "failed"}
    known |= {"source_format", "source_width", "source_height", "bytes_written"}
    assert record.keys() - {"decoder_walls", "decoder_rows"} == known | steps


def test_an_environment_s_first_line_lists_the_walls(
    stack: Stack,
) -> None:
    """Not every kernel supports all of them; operators should know."""
    put(stack, "walls.png", images.png(30, 20))
    log_line(stack, "walls.png")
    records = [json.loads(one) for one in stack.log().splitlines() if one[:1] == "{"]
    (first, *_) = (one for one in records if one["cold_start"])
    assert tuple(first["decoder_walls"]) == (*WALLS, ZEROED)
    assert first["decoder_walls"]["limits"] == "on"
    assert first["decoder_walls"][ZEROED] == "on"
    assert first["decoder_rows"] == "on"
    assert all("decoder_walls" not in one for one in records if not one["cold_start"])
