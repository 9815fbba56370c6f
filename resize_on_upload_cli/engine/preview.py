"""Make every size of local files, and a contact sheet of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from resize_on_upload.errors import Failed, Rejected
from resize_on_upload.sizes.size import REQUEST
from resize_on_upload_cli.engine import decoder, gallery
from resize_on_upload_cli.engine.gallery import THUMBNAIL, GalleryItem, Section
from resize_on_upload_cli.engine.notes import notes
from resize_on_upload_cli.engine.output_paths import OutputPaths

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from resize_on_upload.imaging.results import ImageResult
    from resize_on_upload.imaging.sandbox.sandbox import Sandbox
    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.local_files import LocalFile


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """The outcome of one file.

    Attributes:
        outcome: The variants, the rejection, or the engine's failure.
        paths: Where each variant was written.
        milliseconds: The engine's time.
        bytes: The size of the file.
        thumbnail: The original for the contact sheet; None if there are no variants.
    """

    file: Path
    outcome: ImageResult | Rejected | Failed
    paths: tuple[Path, ...] = ()
    milliseconds: float = 0.0
    bytes: int = 0
    thumbnail: ImageResult | None = None

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


def write_contact_sheet(folder: Path, results: Iterable[PreviewResult]) -> Path:
    """Write index.html with every result and return its path."""
    return gallery.write(folder / "index.html", map(_section, results))


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
    return PreviewResult(file.path, made, paths, milliseconds, len(body), thumbnail)


def _section(result: PreviewResult) -> Section:
    if isinstance(result.outcome, (Rejected, Failed)):
        return Section(str(result.file), rejected=result.cause)
    return Section(
        title=str(result.file),
        original=result.thumbnail,
        bytes=result.bytes,
        items=tuple(
            GalleryItem(
                prefix=variant.size.name,
                body=variant.body,
                content_type=variant.content_type,
                width=variant.width,
                height=variant.height,
                on_request=variant.size.make == REQUEST,
                notes=notes(variant),
            )
            for variant in result.outcome.variants
        ),
    )
