"""Check a manifest, and read it.

Others may be allowed to write to the resized bucket. So nothing of a manifest is used
that does not have the form in which the function writes it, and its URLs are not
copied: each must be that of a variant of the key, and is put together again.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from resize_on_upload.imaging.formats import WRITTEN
from resize_on_upload.reconcile.description.manifest import MAX_PLACEHOLDER_CHARACTERS
from resize_on_upload.sizes.focus import Focus
from resize_on_upload_cli.page.responsive_image import (
    Candidate,
    ResponsiveImage,
    Source,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_COLOR = re.compile(r"#[0-9a-f]{6}")
_DATA_URL = re.compile(r"data:image/(?:webp|png|jpeg);base64,[A-Za-z0-9+/]+={0,2}")
_TYPES = {fmt.content_type for fmt in WRITTEN.values()}
_MAX_SIDE = 1_000_000


class ManifestError(ValueError):
    """A manifest is not as the function writes it.

    Args:
        part: The key of the document that is not.
    """

    def __init__(self, *, part: str) -> None:
        super().__init__(f"{part} is not as the function writes it")


@dataclass(frozen=True, slots=True)
class _Variant:
    """One of a manifest's `variants`."""

    name: str
    width: int
    height: int
    type: str


def read(body: bytes, key: str, source_id: str) -> ResponsiveImage | None:
    """Return what a manifest describes; None if no variant shows the whole image.

    Args:
        body: The manifest.
        key: The original's.
        source_id: Which write of the original the manifest has to be about.

    Raises:
        ManifestError: it is not as the function writes it.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ManifestError(part="the JSON") from error
    match document:
        case {"version": 1, "source": {"key": about, "id": one}} if (about, one) == (
            key,
            source_id,
        ):
            return _Reader(document, key).image()
    raise ManifestError(part="version or source")


@dataclass(frozen=True)
class _Reader:
    """Reads the parts of a document, each of which may be anything."""

    document: dict[str, Any]
    key: str

    def image(self) -> ResponsiveImage | None:
        if self.document.get("srcset") == "":
            return None
        fallback = self._source(self.document.get("srcset"), "srcset")
        widest = self._variants[fallback.candidates[-1].path.partition("/")[0]]
        return ResponsiveImage(
            sources=tuple(self._sources()),
            fallback=fallback,
            width=widest.width,
            height=widest.height,
            placeholder=self._text("placeholder", _DATA_URL),
            color=self._text("color", _COLOR),
            focus=self._focus(),
        )

    @cached_property
    def _variants(self) -> dict[str, _Variant]:
        """The variants by name."""
        listed = self.document.get("variants")
        if not isinstance(listed, list):
            raise ManifestError(part="variants")
        return {variant.name: variant for variant in map(self._variant, listed)}

    def _variant(self, listed: Any) -> _Variant:
        match listed:
            case {
                "name": str(name),
                "key": variant_key,
                "width": int(width),
                "height": int(height),
                "type": str(kind),
            } if (
                variant_key == f"{name}/{self.key}"
                and _is_side(width)
                and _is_side(height)
                and kind in _TYPES
            ):
                return _Variant(name, width, height, kind)
        raise ManifestError(part="variants")

    def _sources(self) -> Iterator[Source]:
        listed = self.document.get("sources", [])  # older manifests have none
        if not isinstance(listed, list):
            raise ManifestError(part="sources")
        for one in listed:
            match one:
                case {"type": kind, "srcset": srcset}:
                    source = self._source(srcset, "sources")
                case _:
                    raise ManifestError(part="sources")
            if source.type != kind:
                raise ManifestError(part="sources")
            yield source

    def _source(self, srcset: Any, part: str) -> Source:
        """Read a srcset; all of its variants have one type."""
        if not isinstance(srcset, str):
            raise ManifestError(part=part)
        found = [self._entry.fullmatch(entry) for entry in srcset.split(", ")]
        candidates, types = [], set()
        for one in found:
            variant = self._variants.get(one["name"]) if one else None
            if not one or not variant or one["width"] != str(variant.width):
                raise ManifestError(part=part)
            path = f"{variant.name}/{quote(self.key)}{one['query'] or ''}"
            candidates.append(Candidate(path, variant.width))
            types.add(variant.type)
        if len(types) != 1:
            raise ManifestError(part=part)
        candidates.sort(key=lambda candidate: candidate.width)
        return Source(types.pop(), tuple(candidates))

    @cached_property
    def _entry(self) -> re.Pattern[str]:
        """One entry of a srcset; its URL may have a version."""
        path = rf"(?P<name>{_NAME})/{re.escape(quote(self.key))}"
        return re.compile(rf"{path}(?P<query>\?v=[0-9a-f]{{1,8}})? (?P<width>[0-9]+)w")

    def _focus(self) -> Focus | None:
        match self.document["source"]:
            case {"focus": {"x": x, "y": y}} if _is_fraction(x) and _is_fraction(y):
                return Focus(x, y)
            case {"focus": _}:
                raise ManifestError(part="focus")
        return None

    def _text(self, part: str, pattern: re.Pattern[str]) -> str | None:
        text = self.document.get(part)
        if text is None:
            return None
        if (
            isinstance(text, str)
            and len(text) <= MAX_PLACEHOLDER_CHARACTERS
            and pattern.fullmatch(text)
        ):
            return text
        raise ManifestError(part=part)


def _is_fraction(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= 1


def _is_side(pixels: int) -> bool:
    return not isinstance(pixels, bool) and 1 <= pixels <= _MAX_SIDE
