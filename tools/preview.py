"""`preview`: the function's own engine on local files, and a sheet to look at."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from resize_on_upload.errors import Rejected
from tools import engine, gallery, progress
from tools.gallery import PREVIEW, Picture, Section
from tools.progress import say, write, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from resize_on_upload.imaging.variants import Derived, Variant
    from resize_on_upload.size import Size

_ENDINGS = {"jpeg": (".jpg", ".jpeg"), "tiff": (".tif", ".tiff")}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one file.

    Attributes:
        outcome: Every variant, or the rejection.
        paths: Where each variant was written.
        milliseconds: The engine's time.
        small: The photo as the contact sheet shows it; None where it was rejected.
    """

    file: Path
    outcome: Derived | Rejected
    paths: tuple[Path, ...]
    milliseconds: float
    small: Derived | None


def run(
    files: Sequence[Path],
    sizes: Sequence[Size],
    out: Path,
    *,
    as_json: bool,
    quiet: bool,
) -> bool:
    """Write every size of every file and the contact sheet; False, for no failure.

    Raises:
        OSError: a file cannot be read, or the folder not written.
        Failed: the engine failed, which no picture can be blamed for.
    """
    for file in files:
        with file.open("rb"):  # all must be there before the first is begun
            pass
    sections = []
    for done, result in enumerate(_results(files, sizes, out), start=1):
        progress.show(done, len(files), quiet=quiet)
        if as_json:
            write_json(_document(result))
        else:
            write(_line(result))
        sections.append(_section(result))
    sheet = gallery.write(out / "index.html", sections)
    say("", f"The contact sheet: {sheet}")
    return False


def _results(
    files: Sequence[Path], sizes: Sequence[Size], out: Path
) -> Iterator[Result]:
    box = engine.sandbox()
    taken: set[str] = set()
    try:
        for file in files:
            name = _name(file, taken)
            start = time.perf_counter()
            outcome: Derived | Rejected
            try:
                outcome = box.derive(file.read_bytes(), sizes)
            except Rejected as error:
                outcome = error
            milliseconds = (time.perf_counter() - start) * 1_000
            if isinstance(outcome, Rejected):
                yield Result(file, outcome, (), milliseconds, None)
                continue
            small = box.derive(file.read_bytes(), [PREVIEW])
            yield Result(file, outcome, _write(outcome, out, name), milliseconds, small)
    finally:
        box.close()


def _name(file: Path, taken: set[str]) -> str:
    """The file's name; with its folder's, where two have the same."""
    name, folder = file.name, file.resolve().parent
    while name in taken:
        name, folder = f"{folder.name}-{name}", folder.parent
    taken.add(name)
    return name


def _write(derived: Derived, out: Path, name: str) -> tuple[Path, ...]:
    paths = []
    for variant in derived.variants:
        path = out / variant.size.name / (name + _ending(variant, name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(variant.body)
        paths.append(path)
    return tuple(paths)


def _ending(variant: Variant, name: str) -> str:
    """Viewers go by the ending; in S3 the key stays as it is."""
    fmt = variant.content_type.removeprefix("image/")
    known = _ENDINGS.get(fmt, (f".{fmt}",))
    return "" if name.lower().endswith(known) else f".{fmt}"


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
    if isinstance(result.outcome, Rejected):
        return f"{result.file}: {result.outcome.code}: {result.outcome}"
    source = result.outcome.source
    made = ", ".join(
        f"{v.size.name} {v.width}x{v.height} {len(v.body)} bytes"
        for v in result.outcome.variants
    )
    return f"{result.file}: {source.format} {source.width}x{source.height}: {made}"


def _section(result: Result) -> Section:
    if isinstance(result.outcome, Rejected):
        cause = f"{result.outcome.code}: {result.outcome}"
        return Section(str(result.file), rejected=cause)
    return Section(
        title=str(result.file),
        original=result.small,
        bytes=result.file.stat().st_size,
        pictures=tuple(
            Picture(v.size.name, v.body, v.content_type, v.width, v.height)
            for v in result.outcome.variants
        ),
    )
