"""Pages of S3's listings, as XML.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

from botocore.exceptions import BotoCoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

OBJECTS, VERSIONS = "ListBucketResult", "ListVersionsResult"

_NEXT = {
    OBJECTS: {"continuation-token": "NextContinuationToken"},
    VERSIONS: {
        "key-marker": "NextKeyMarker",
        "version-id-marker": "NextVersionIdMarker",
    },
}
"""The parameters of the next request, and the elements that have their values."""


class UnreadablePageError(BotoCoreError):
    """A listing is not what S3 sends."""

    fmt = "the listing of {bucket} is not what S3 sends: {reason}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a listing.

    Attributes:
        entries: Objects, or versions of objects, with boto3's names; no delete markers.
        prefixes: The common prefixes.
        following: The parameters of the request for the next page; None if it is the
            last.
    """

    entries: list[dict[str, Any]]
    prefixes: list[str]
    following: Mapping[str, str] | None


@dataclass(slots=True)
class Order:
    """Ensures that a listing comes to an end: its keys ascend, and no page recurs.

    Attributes:
        last: The last key or common prefix so far.
        pages: Their number.
        marker: Where the page continued whose number was the last power of two: a loop
            of pages, however long it is, meets it again.
    """

    bucket: str
    last: str = ""
    pages: int = 0
    marker: Mapping[str, str] | None = None

    def require(self, page: Page) -> None:
        """Take the next page.

        Raises:
            UnreadablePageError: it does not belong behind the pages before it.
        """
        keys = [entry["Key"] for entry in page.entries]
        found = [self.last, *keys, *page.prefixes]
        if keys != sorted(keys) or min(found) < self.last:
            reason = "its keys are not in order"
            raise UnreadablePageError(bucket=self.bucket, reason=reason)
        if page.following and page.following == self.marker:
            reason = "the same page follows again"
            raise UnreadablePageError(bucket=self.bucket, reason=reason)
        self.last, self.pages = max(found), self.pages + 1
        if self.pages.bit_count() == 1:
            self.marker = page.following


def parse(body: bytes, kind: str, bucket: str) -> Page:
    """Parse a page.

    Args:
        body: As S3 sent it.
        kind: OBJECTS or VERSIONS.
        bucket: For messages.

    Raises:
        UnreadablePageError: it is another document, or damaged.
    """
    # S3 sends none; entities can only be declared in one.
    if b"<!DOCTYPE" in body:
        raise UnreadablePageError(bucket=bucket, reason="it has a document type")
    try:
        return _parsed(ET.fromstring(body), kind)  # noqa: S314 - has no entities
    except (ET.ParseError, ValueError, KeyError, OverflowError) as error:
        raise UnreadablePageError(bucket=bucket, reason=error) from error


def error_of(body: bytes) -> dict[str, str]:
    """Return the code and the message of S3's error, as far as it has them."""
    if b"<!DOCTYPE" in body:
        return {}
    try:
        fields = _fields(ET.fromstring(body), 0)  # noqa: S314 - has no entities
    except ET.ParseError:
        return {}
    return {name: fields[name] for name in ("Code", "Message") if name in fields}


def _parsed(root: ET.Element, kind: str) -> Page:
    namespace = root.tag.rpartition("}")[0]
    start = len(namespace) + 1 if namespace else 0
    if root.tag[start:] != kind:
        msg = f"it begins with <{root.tag[start:]}>"
        raise ValueError(msg)
    head = _fields(root, start)
    decode = unquote_plus if head.get("EncodingType") == "url" else str
    tag = root.tag[:start] + ("Contents" if kind == OBJECTS else "Version")
    prefixes = root.iterfind(f"{root.tag[:start]}CommonPrefixes")
    return Page(
        entries=list(_entries(root.iterfind(tag), start, decode)),
        prefixes=[decode(_fields(one, start)["Prefix"]) for one in prefixes],
        following=_following(head, kind, decode),
    )


def _entries(
    found: Iterable[ET.Element], start: int, decode: Callable[[str], str]
) -> Iterator[dict[str, Any]]:
    for element in found:
        entry: dict[str, Any] = _fields(element, start)
        entry["Key"] = decode(entry["Key"])
        entry["Size"] = int(entry["Size"])
        entry["LastModified"] = _time(entry["LastModified"])
        if "IsLatest" in entry:
            entry["IsLatest"] = entry["IsLatest"] == "true"
        yield entry


def _fields(element: ET.Element, start: int) -> dict[str, str]:
    return {child.tag[start:]: child.text or "" for child in element}


def _time(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _following(
    head: Mapping[str, str], kind: str, decode: Callable[[str], str]
) -> dict[str, str] | None:
    if head["IsTruncated"] != "true":
        return None
    found = {
        name: head[element]
        for name, element in _NEXT[kind].items()
        if head.get(element)
    }
    if not found:
        msg = "it is truncated, but does not say where it continues"
        raise ValueError(msg)
    if "key-marker" in found:
        found["key-marker"] = decode(found["key-marker"])
    return found
