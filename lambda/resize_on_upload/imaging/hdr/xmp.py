"""A gain map's numbers in XMP, and the list of a file's images (Ultra HDR 1.1).

XMP is XML, but no XML is parsed: attributes and elements of known names are looked for,
whatever is around them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .dropped import Dropped, GainMapDroppedError
from .parameters import ONE, Channel, Parameters, unknown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NAME = b"http://ns.adobe.com/xap/1.0/\0"
MAX_ITEMS = 16

_ATTRIBUTE = re.compile(r'\b(\w{1,20}):(\w{1,40})\s{0,9}=\s{0,9}"([^"<]{0,100})"')
_ELEMENT = re.compile(r"<(\w{1,20}):(\w{1,40})>([^<]{0,100})</")
_LIST = re.compile(
    r"<hdrgm:(\w{1,40})>\s{0,99}<rdf:Seq>(.{0,400}?)</rdf:Seq>", re.DOTALL
)
_ENTRY = re.compile(r"<rdf:li>([^<]{1,40})</rdf:li>")
_ITEM = re.compile(r"<Container:Item\b([^<>]{0,600})>")
_NUMBER = re.compile(
    r"\s*([+-]?\d{1,9}(?:\.\d{0,20})?(?:[eE][+-]?\d{1,2})?)\s*", re.ASCII
)
_COUNT = re.compile(r"\d{1,9}", re.ASCII)

_GAIN_MAP = "http://ns.adobe.com/hdr-gain-map/1.0/"
_CONTAINER = "http://ns.google.com/photos/1.0/container/"
_CHANNEL = {  # of a channel's numbers, in their order: name, default
    "GainMapMin": "0",
    "GainMapMax": None,
    "Gamma": "1",
    "OffsetSDR": "0.015625",
    "OffsetHDR": "0.015625",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One image of a file, in the order in which they follow each other."""

    is_gain_map: bool
    length: int
    padding: int


def values(body: bytes, prefix: str) -> dict[str, list[str]]:
    """The texts of all properties with a prefix: one, or one per channel."""
    text = body.decode("utf-8", "replace")
    found = [*_ATTRIBUTE.findall(text), *_ELEMENT.findall(text)]
    single = {name: [value] for space, name, value in found if space == prefix}
    lists = _LIST.findall(text) if prefix == "hdrgm" else []
    return single | {name: _ENTRY.findall(entries) for name, entries in lists}


def number(text: str) -> int:
    """A decimal number in millionths.

    Raises:
        GainMapDroppedError: it is not one.
    """
    match = _NUMBER.fullmatch(text)
    value = float(match[1]) if match else unknown()
    return round(min(max(value, -ONE), ONE) * ONE)


def read(found: Mapping[str, Sequence[str]]) -> Parameters:
    """The numbers among the values of `hdrgm`, checked.

    Raises:
        GainMapDroppedError: they cannot be used.
    """
    if found.get("Version") != ["1.0"]:
        unknown()
    if _single(found, "BaseRenditionIsHDR", "False").lower() != "false":
        raise GainMapDroppedError(Dropped.BASE_IS_HDR)
    columns = [_channels(found, name, default) for name, default in _CHANNEL.items()]
    channels = tuple(Channel(*row) for row in zip(*columns, strict=True))
    low = number(_single(found, "HDRCapacityMin", "0"))
    high = number(_single(found, "HDRCapacityMax", None))
    return Parameters(channels, low, high).checked()


def _single(found: Mapping[str, Sequence[str]], name: str, default: str | None) -> str:
    texts = found.get(name, [] if default is None else [default])
    return texts[0] if len(texts) == 1 else unknown()


def _channels(
    found: Mapping[str, Sequence[str]], name: str, default: str | None
) -> list[int]:
    """One number for each of three channels."""
    texts = found.get(name, [] if default is None else [default])
    if len(texts) not in (1, 3):
        unknown()
    numbers = [number(text) for text in texts]
    return numbers * 3 if len(numbers) == 1 else numbers


def directory(body: bytes) -> list[Item]:
    """The images that a base's XMP lists, itself included; empty if it lists none.

    Raises:
        GainMapDroppedError: there are too many, or a length is not one.
    """
    items = _ITEM.findall(body.decode("utf-8", "replace"))
    if len(items) > MAX_ITEMS:
        raise GainMapDroppedError(Dropped.BROKEN_INDEX)
    return [_item(attributes) for attributes in items]


def _item(attributes: str) -> Item:
    found = {name: text for _, name, text in _ATTRIBUTE.findall(attributes)}
    length, padding = found.get("Length", "0"), found.get("Padding", "0")
    if not (_COUNT.fullmatch(length) and _COUNT.fullmatch(padding)):
        raise GainMapDroppedError(Dropped.BROKEN_INDEX)
    return Item(found.get("Semantic") == "GainMap", int(length), int(padding))


def write(parameters: Parameters) -> bytes:
    """The numbers, for the gain map."""
    channels = parameters.channels
    rows = [
        (c.minimum, c.maximum, c.gamma, c.base_offset, c.alternate_offset)
        for c in channels
    ]
    columns = dict(zip(_CHANNEL, zip(*rows, strict=True), strict=True))
    columns["HDRCapacityMin"] = (parameters.base_headroom,)
    columns["HDRCapacityMax"] = (parameters.alternate_headroom,)
    single = {name: col[0] for name, col in columns.items() if len(col) == 1}
    attributes = "".join(f' hdrgm:{k}="{_decimal(v)}"' for k, v in single.items())
    lists = "".join(_list(k, col) for k, col in columns.items() if len(col) > 1)
    return _document(
        f'xmlns:hdrgm="{_GAIN_MAP}" hdrgm:Version="1.0"{attributes}', lists
    )


def write_directory(length: int) -> bytes:
    """The list of a base and a gain map of `length` bytes, for the base."""
    items = (
        'Item:Semantic="Primary" Item:Mime="image/jpeg"',
        f'Item:Semantic="GainMap" Item:Mime="image/jpeg" Item:Length="{length}"',
    )
    listed = "".join(
        f'<rdf:li rdf:parseType="Resource"><Container:Item {item}/></rdf:li>'
        for item in items
    )
    spaces = f'xmlns:Container="{_CONTAINER}" xmlns:Item="{_CONTAINER}item/"'
    return _document(
        f'xmlns:hdrgm="{_GAIN_MAP}" {spaces} hdrgm:Version="1.0"',
        f"<Container:Directory><rdf:Seq>{listed}</rdf:Seq></Container:Directory>",
    )


def _decimal(millionths: int) -> str:
    sign, rest = ("-", -millionths) if millionths < 0 else ("", millionths)
    return f"{sign}{rest // ONE}.{rest % ONE:06}"


def _list(name: str, column: Sequence[int]) -> str:
    entries = "".join(f"<rdf:li>{_decimal(value)}</rdf:li>" for value in column)
    return f"<hdrgm:{name}><rdf:Seq>{entries}</rdf:Seq></hdrgm:{name}>"


def _document(attributes: str, inner: str) -> bytes:
    text = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description rdf:about="" {attributes}>{inner}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    )
    return text.encode()
