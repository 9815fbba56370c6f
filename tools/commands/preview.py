"""`preview`: the function's own engine on local files, and a sheet to look at."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload.errors import Failed, Rejected
from tools import local_files, terminal
from tools.engine import decoder, gallery
from tools.engine.gallery import PREVIEW, Picture, Section
from tools.engine.output_paths import OutputPaths
from tools.terminal import say, write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from resize_on_upload.imaging.results import ImageResult
    from resize_on_upload.imaging.sandbox.sandbox import Sandbox
    from resize_on_upload.sizes.size import Size
    from tools.local_files import LocalFile


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file.

    Attributes:
        outcome: Every variant, the rejection, or the engine's failure.
        paths: Where each variant was written.
        milliseconds: The engine's time.
        bytes: How many were read.
        small: The photo as the contact sheet shows it; None where there are no sizes.
    """

    file: Path
    outcome: ImageResult | Rejected | Failed
    paths: tuple[Path, ...] = ()
    milliseconds: float = 0.0
    bytes: int = 0
    small: ImageResult | None = None


def run(
    files: Sequence[Path],
    sizes: Sequence[Size],
    out: Path,
    *,
    as_json: bool,
    quiet: bool,
) -> bool:
    """Write every size of every file and the contact sheet.

    A file that is rejected, or at which the engine fails, does not keep the others
    from theirs.

    Returns:
        True where there was such a file.

    Raises:
        UsageError: a folder has no image.
        EngineMissingError: ImageMagick cannot be loaded.
        OSError: a file cannot be read, or the folder not written.
    """
    found, done = local_files.find(files, skip=out), list[Result]()
    try:
        for result in _results(found, sizes, out):
            done.append(result)
            if as_json:
                write_json(_document(result))
            else:
                write(_line(result))
            terminal.show(len(done), len(found), quiet=quiet)
    finally:
        if done:
            sheet = gallery.write(out / "index.html", map(_section, done))
            say("", f"The contact sheet: {sheet}")
    return any(result.small is None for result in done)


def _results(
    files: Sequence[LocalFile], sizes: Sequence[Size], out: Path
) -> Iterator[Result]:
    box = decoder.sandbox()
    free = OutputPaths(out, (file.path for file in files))
    try:
        for file in files:
            yield _result(box, file, sizes, free)
    finally:
        box.close()


def _result(
    box: Sandbox, file: LocalFile, sizes: Sequence[Size], free: OutputPaths
) -> Result:
    body, start = file.path.read_bytes(), time.perf_counter()
    try:
        derived = box.make_variants(body, sizes)
        milliseconds = (time.perf_counter() - start) * 1_000
        small = box.make_variants(body, [PREVIEW])
    except (Rejected, Failed) as error:
        milliseconds = (time.perf_counter() - start) * 1_000
        return Result(file.path, error, (), milliseconds, len(body))
    paths = free.take(file, derived.variants)
    for path, variant in zip(paths, derived.variants, strict=True):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(variant.body)
    return Result(file.path, derived, paths, milliseconds, len(body), small)


def _document(result: Result) -> dict[str, Any]:
    document: dict[str, Any] = {
        "file": str(result.file),
        "outcome": "written",
        "code": None,
        "detail": None,
        "source": None,
        "variants": [],
        "ms": round(result.milliseconds, 1),
    }
    if isinstance(result.outcome, Rejected):
        rejected = {"code": result.outcome.code, "detail": str(result.outcome)}
        return {**document, "outcome": "rejected", **rejected}
    if isinstance(result.outcome, Failed):
        return {**document, "outcome": "failed", "detail": str(result.outcome)}
    variants = zip(result.outcome.variants, result.paths, strict=True)
    return {
        **document,
        "source": asdict(result.outcome.source),
        "variants": [
            {
                "prefix": variant.size.name,
                "width": variant.width,
                "height": variant.height,
                "bytes": len(variant.body),
                "format": variant.content_type.removeprefix("image/"),
                "path": str(path),
            }
            for variant, path in variants
        ],
    }


def _line(result: Result) -> str:
    if isinstance(result.outcome, (Rejected, Failed)):
        return f"{result.file}: {_cause(result.outcome)}"
    source = result.outcome.source
    made = ", ".join(
        f"{v.size.name} {v.width}x{v.height} {len(v.body)} bytes"
        for v in result.outcome.variants
    )
    return f"{result.file}: {source.format} {source.width}x{source.height}: {made}"


def _section(result: Result) -> Section:
    if isinstance(result.outcome, (Rejected, Failed)):
        return Section(str(result.file), rejected=_cause(result.outcome))
    return Section(
        title=str(result.file),
        original=result.small,
        bytes=result.bytes,
        pictures=tuple(
            Picture(v.size.name, v.body, v.content_type, v.width, v.height)
            for v in result.outcome.variants
        ),
    )


def _cause(error: Rejected | Failed) -> str:
    kind = error.code if isinstance(error, Rejected) else "the engine failed"
    return f"{kind}: {error}"
