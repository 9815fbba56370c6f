"""Choose where `preview` writes: never over another output or an input."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from resize_on_upload.imaging.results import Variant
    from resize_on_upload_cli.local_folders import LocalFile

_ENDINGS = {"jpeg": (".jpg", ".jpeg"), "tiff": (".tif", ".tiff")}

MAX_NAME_BYTES = 240
"""File systems allow 255; an ending is appended to the name."""


class OutputPaths:
    """The free paths in a folder.

    Args:
        folder: Where to write.
        inputs: Files that must not be overwritten.
    """

    def __init__(self, folder: Path, inputs: Iterable[Path]) -> None:
        self._folder = folder
        self._taken = set(map(_identity, inputs))

    def take(self, file: LocalFile, variants: Sequence[Variant]) -> tuple[Path, ...]:
        """Return a path for each variant of a file, all with the same name."""
        for name in _names(file):
            paths = [self._path(variant, name) for variant in variants]
            names = [self._folder / variant.size.name / name for variant in variants]
            wanted = set(map(_identity, (*paths, *names)))
            if self._taken.isdisjoint(wanted):
                break
        self._taken |= wanted
        return tuple(paths)

    def _path(self, variant: Variant, name: PurePath) -> Path:
        last = name.name + _ending(variant, name.name)
        return self._folder / variant.size.name / name.with_name(last)


def _identity(path: Path) -> str:
    """Return what identifies a file; some file systems ignore case."""
    return str(path.resolve()).casefold()


def _names(file: LocalFile) -> Iterator[PurePath]:
    """Yield the file's name, then the same with ever more folder names before it."""
    name, folder = PurePath(file.name), file.path.resolve().parent
    while True:
        yield name.with_name(_shortened(name.name))
        name, folder = name.with_name(f"{folder.name}-{name.name}"), folder.parent


def _shortened(name: str) -> str:
    """Return a name with room for an ending; the end of a long one becomes a hash."""
    encoded = os.fsencode(name)
    if len(encoded) <= MAX_NAME_BYTES:
        return name
    begin = encoded[: MAX_NAME_BYTES // 2].decode("utf-8", "ignore")
    return f"{begin}-{hashlib.sha256(encoded).hexdigest()[:16]}"


def _ending(variant: Variant, name: str) -> str:
    """Return the ending that viewers expect; in S3 the key stays as it is."""
    fmt = variant.content_type.removeprefix("image/")
    known = _ENDINGS.get(fmt, (f".{fmt}",))
    return "" if name.lower().endswith(known) else f".{fmt}"
