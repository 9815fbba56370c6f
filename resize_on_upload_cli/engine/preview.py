"""Make every size of local files, and a contact sheet of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload.errors import Failed, Rejected
from resize_on_upload_cli.engine import decoder
from resize_on_upload_cli.engine.gallery import facts, links, page
from resize_on_upload_cli.engine.gallery.contents import (
    THUMBNAIL,
    Gallery,
    GalleryItem,
    Problem,
    Row,
)
from resize_on_upload_cli.engine.notes import notes
from resize_on_upload_cli.engine.output_paths import OutputPaths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from resize_on_upload.imaging.results import ImageResult, Variant
    from resize_on_upload.imaging.sandbox.sandbox import Sandbox
    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.local_folders import LocalFile


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """The outcome of one file.

    Attributes:
        outcome: The variants, the rejection, or the engine's failure.
        paths: Where each variant was written.
        milliseconds: The engine's time.
        bytes: The size of the file.
        thumbnail: The original for the contact sheet; None if there are no variants.
        facts: What the engine did with the file, for the contact sheet.
    """

    file: Path
    outcome: ImageResult | Rejected | Failed
    paths: tuple[Path, ...] = ()
    milliseconds: float = 0.0
    bytes: int = 0
    thumbnail: ImageResult | None = None
    facts: tuple[str, ...] = ()

    @property
    def cause(self) -> str:
        """Why there are no variants, for people."""
        if isinstance(self.outcome, Rejected):
            return f"{self.outcome.reason}: {self.outcome}"
        return f"the engine failed: {self.outcome}"


def make_previews(
    files: Sequence[LocalFile], sizes: Sequence[Size], folder: Path
) -> Iterator[PreviewResult]:
    """Write every size of every file; one that is rejected or fails stops no other.

    Raises:
        EngineMissingError: ImageMagick cannot be loaded.
        OSError: a file cannot be read, or the folder not written.
    """
    sandbox = decoder.start()
    paths = OutputPaths(folder, (file.path for file in files))
    try:
        for file in files:
            yield _preview(sandbox, file, sizes, paths)
    finally:
        sandbox.close()


def write_contact_sheet(
    folder: Path, results: Iterable[PreviewResult], sizes: Iterable[Size]
) -> Path:
    """Write index.html with every result and return its path."""
    contents = Gallery(
        rows=[_row(result, folder) for result in results],
        sizes={size.name: facts.of_size(size) for size in sizes},
        engine=decoder.version(),
    )
    return page.write(folder / "index.html", contents)


def _preview(
    sandbox: Sandbox, file: LocalFile, sizes: Sequence[Size], free: OutputPaths
) -> PreviewResult:
    body, start = file.path.read_bytes(), time.perf_counter()
    try:
        made = sandbox.make_variants(body, sizes)
        milliseconds = (time.perf_counter() - start) * 1_000
        thumbnail = sandbox.make_variants(body, [THUMBNAIL])
    except (Rejected, Failed) as error:
        milliseconds = (time.perf_counter() - start) * 1_000
        return PreviewResult(file.path, error, (), milliseconds, len(body))
    paths = free.take(file, made.variants)
    for path, variant in zip(paths, made.variants, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(variant.body)
    done = facts.of_original(body, sizes)
    return PreviewResult(
        file.path, made, paths, milliseconds, len(body), thumbnail, done
    )


def _row(result: PreviewResult, folder: Path) -> Row:
    title, outcome = str(result.file), result.outcome
    if isinstance(outcome, Rejected):
        problem = Problem(outcome.reason, str(outcome))
        return Row(title, result.bytes, problem=problem)
    if isinstance(outcome, Failed):
        return Row(title, result.bytes, problem=Problem("", result.cause))
    made = zip(outcome.variants, result.paths, strict=True)
    return Row(
        title=title,
        bytes=result.bytes,
        original=result.thumbnail,
        items=[_item(outcome, variant, path, folder) for variant, path in made],
        file=links.relative(result.file, folder),
        milliseconds=result.milliseconds,
        facts=result.facts,
    )


def _item(
    result: ImageResult, variant: Variant, path: Path, folder: Path
) -> GalleryItem:
    pixels = variant.width, variant.height
    original = result.source.width, result.source.height
    done = facts.of_variant(variant.size, pixels, original)
    return GalleryItem(
        size=variant.size.name,
        body=variant.body,
        content_type=variant.content_type,
        width=variant.width,
        height=variant.height,
        file=links.relative(path, folder),
        notes=(*done, *notes(variant)),
    )
