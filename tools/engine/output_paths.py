"""Where `preview` writes: no file over another one's, nor over one that it reads."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resize_on_upload.imaging.results import Variant
    from tools.local_files import LocalFile

_ENDINGS = {"jpeg": (".jpg", ".jpeg"), "tiff": (".tif", ".tiff")}

MAX_NAME_BYTES = 240
"""File systems allow 255; an ending comes behind it."""


class OutputPaths:
    """The paths below a folder that are still free.

    Args:
        folder: Where everything goes.
        read: Files that must not be overwritten.
    """

    def __init__(self, folder: Path, read: Iterable[Path]) -> None:
        self._folder = folder
        self._taken = set(map(_place, read))

    def take(self, file: LocalFile, variants: Sequence[Variant]) -> tuple[Path, ...]:
        """A path for each variant of a file, all by one name."""
        for name in _names(file):
            paths = [self._path(variant, name) for variant in variants]
            names = [self._folder / variant.size.name / name for variant in variants]
            places = set(map(_place, (*paths, *names)))
            if self._taken.isdisjoint(places):
                break
        self._taken |= places
        return tuple(paths)

    def _path(self, variant: Variant, name: PurePath) -> Path:
        last = name.name + _ending(variant, name.name)
        return self._folder / variant.size.name / name.with_name(last)


def _place(path: Path) -> str:
    """The file that a path leads to; some file systems ignore case."""
    return str(path.resolve()).casefold()


def _names(file: LocalFile) -> Iterator[PurePath]:
    """Its name, then the same with more and more of its folders' names before it."""
    name, folder = PurePath(file.name), file.path.resolve().parent
    while True:
        yield name.with_name(_shortened(name.name))
        name, folder = name.with_name(f"{folder.name}-{name.name}"), folder.parent


def _shortened(name: str) -> str:
    """A name that has room for an ending; a long one has a hash in place of its end."""
    encoded = os.fsencode(name)
    if len(encoded) <= MAX_NAME_BYTES:
        return name
    begin = encoded[: MAX_NAME_BYTES // 2].decode("utf-8", "ignore")
    return f"{begin}-{hashlib.sha256(encoded).hexdigest()[:16]}"


def _ending(variant: Variant, name: str) -> str:
    """Viewers choose by the ending; in S3 the key stays as it is."""
    fmt = variant.content_type.removeprefix("image/")
    known = _ENDINGS.get(fmt, (f".{fmt}",))
    return "" if name.lower().endswith(known) else f".{fmt}"
