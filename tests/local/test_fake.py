"""Compare the S3 in memory, on which schedules are explored, with a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from resize_on_upload.storage.source_id import source_id_of
from tests.support.fake_stack import ListedS3

if TYPE_CHECKING:
    from local.stack import Stack

A, B = b"first", b"second"
ETAG_A = '"8b04d5e3775d298e78455efc5ca404d5"'
ETAG_B = '"a9f0e61a137d86aa9db53465e0801612"'


def _answer(client: Any, name: str, **call: Any) -> tuple[Any, ...]:
    """The relevant part of an answer: the error's status and code, or the object."""
    try:
        answer = getattr(client, name)(**call)
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return status, error.response["Error"]["Code"]
    body = answer["Body"].read() if name == "get_object" else None
    found = name in ("get_object", "head_object")
    metadata = answer["Metadata"] if found else None
    return "fine", found and answer["ETag"], body, metadata


# Each row: earlier versions of the key (None: a delete), the call, its conditions.
CONDITIONS = [
    ([], "put_object", {"IfNoneMatch": "*"}),
    ([A], "put_object", {"IfNoneMatch": "*"}),
    ([A], "put_object", {"IfMatch": ETAG_A}),
    ([A], "put_object", {"IfMatch": ETAG_B}),
    ([], "put_object", {"IfMatch": ETAG_A}),
    ([A, B], "put_object", {"IfMatch": ETAG_A}),
    ([A, None], "put_object", {"IfMatch": ETAG_A}),
    ([A, None], "put_object", {"IfNoneMatch": "*"}),
    ([A], "delete_object", {"IfMatch": ETAG_A}),
    ([A], "delete_object", {"IfMatch": ETAG_B}),
    ([], "delete_object", {"IfMatch": ETAG_A}),
    ([A, None], "delete_object", {"IfMatch": ETAG_A}),
    ([], "delete_object", {"IfMatch": "*"}),
    ([A], "delete_object", {"IfMatch": "*"}),
    ([A, None], "delete_object", {"IfMatch": "*"}),
    ([], "delete_object", {}),
    ([A], "delete_object", {}),
    ([], "get_object", {}),
    ([A], "get_object", {}),
    ([A, None], "get_object", {}),
    ([], "head_object", {}),
    ([A], "head_object", {}),
    ([A, None], "head_object", {}),
    ([A, None, B], "head_object", {}),
]


@pytest.fixture(params=[False, True], ids=["plain", "versioned"])
def places(request: pytest.FixtureRequest, stack: Stack) -> tuple[ListedS3, Any, str]:
    """A bucket of the same name in both."""
    name, server = f"contract-{uuid4()}", stack.s3()
    server.create_bucket(
        Bucket=name,
        CreateBucketConfiguration={"LocationConstraint": "eu-central-1"},
    )
    fake = ListedS3((name,) if request.param else (), page=3)
    fake.create_bucket(name)
    if request.param:
        server.put_bucket_versioning(
            Bucket=name, VersioningConfiguration={"Status": "Enabled"}
        )
    return fake, server, name


@pytest.mark.parametrize(("before", "call", "conditions"), CONDITIONS, ids=str)
def test_both_give_the_same_answers(
    places: tuple[ListedS3, Any, str],
    before: list[bytes | None],
    call: str,
    conditions: Any,
) -> None:
    """To the call, and to a read after it."""
    fake, server, bucket = places
    where = {"Bucket": bucket, "Key": "a b/c+d.png"}
    answers = []
    for client in (fake, server):
        for body in before:
            if body is None:
                client.delete_object(**where)
            else:
                client.put_object(**where, Body=body, Metadata={"source": "x"})
        more = {"Body": b"new", "Metadata": {}} if call == "put_object" else {}
        first = _answer(client, call, **where, **more, **conditions)
        answers.append((first, _answer(client, "get_object", **where)))
    assert answers[0] == answers[1]


def test_each_of_many_deletes_has_its_own_condition(
    places: tuple[ListedS3, Any, str],
) -> None:
    """A failed one is named, and the others are made."""
    fake, server, bucket = places
    answers = []
    for client in (fake, server):
        for key in ("a", "b", "c"):
            client.put_object(Bucket=bucket, Key=key, Body=A)
        etags = {"a": ETAG_A, "b": ETAG_B, "gone": ETAG_A}
        objects = [{"Key": key, "ETag": etag} for key, etag in etags.items()]
        delete = {"Objects": objects, "Quiet": True}
        found = client.delete_objects(Bucket=bucket, Delete=delete)
        errors = {one["Key"]: one["Code"] for one in found["Errors"]}
        left = [_answer(client, "head_object", Bucket=bucket, Key=key) for key in "abc"]
        answers.append((errors, left))
    assert answers[0] == answers[1]
    assert answers[0][0] == {"b": "PreconditionFailed", "gone": "NoSuchKey"}


def test_a_missing_bucket_differs_from_a_missing_object(
    places: tuple[ListedS3, Any, str],
) -> None:
    """In a GET only; so nothing is deleted because of a HEAD alone."""
    for client in places[:2]:
        where = {"Bucket": "nobody-has-this-bucket", "Key": "k"}
        assert _answer(client, "get_object", **where) == (404, "NoSuchBucket")
        assert _answer(client, "head_object", **where) == (404, "404")


def test_identities_are_the_same_by_get_head_and_list(stack: Stack) -> None:
    """Otherwise a variant would look stale to one and current to the other."""
    client = stack.s3()
    key = f"{uuid4()}.txt"
    client.put_object(Bucket=stack.resized, Key=key, Body=A)
    found = [
        source_id_of(client.get_object(Bucket=stack.resized, Key=key)),
        source_id_of(client.head_object(Bucket=stack.resized, Key=key)),
        *(
            source_id_of(one)
            for one in client.list_object_versions(Bucket=stack.resized)["Versions"]
            if one["Key"] == key
        ),
    ]
    assert len(set(found)) == 1
    assert len(found) == 3
    client.delete_object(Bucket=stack.resized, Key=key)


def test_listings_have_the_same_order(places: tuple[ListedS3, Any, str]) -> None:
    """That of UTF-8 bytes; in UTF-16 two of the keys would change places."""
    keys = ["a", "a-b", "a b", "a.b", "a/", "a/b", "é", "\uffee", "\U0001f600", "%2F"]
    fake, server, bucket = places
    versions = ("list_object_versions", "Versions")
    objects = ("list_objects_v2", "Contents")
    call, part = versions if bucket in fake.versioned else objects
    for client, more in ((fake, {}), (server, {"PaginationConfig": {"PageSize": 3}})):
        for key in keys:
            client.put_object(Bucket=bucket, Key=key, Body=A)
        pages = client.get_paginator(call).paginate(Bucket=bucket, **more)
        assert [one["Key"] for page in pages for one in page[part]] == sorted(keys)
