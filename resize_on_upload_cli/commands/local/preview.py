"""`preview`: make every size of local files with the function's own engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from resize_on_upload.errors import Failed, Rejected
from resize_on_upload.sizes.size import REQUEST
from resize_on_upload_cli import arguments, local_files, sizes_file
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.terminal import (
    plural,
    say,
    show_progress,
    write,
    write_json,
)

if TYPE_CHECKING:
    import argparse

    from resize_on_upload.imaging.results import Variant
    from resize_on_upload_cli.engine.preview import PreviewResult

DESCRIPTION = """\
Make every size of local files with the function's own engine, without AWS.

Writes the variants and a contact sheet, index.html, to a folder. Files that cannot be
resized are reported, and the others still made; the exit code is then 1.
"""
EXAMPLES = """\
examples:
  resize-on-upload preview photo.jpg
  resize-on-upload preview 'photos/**/*.heic' --out /tmp/look --json
  resize-on-upload preview portrait.jpg --focus 0.3,0.6
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE",
        help="a file, a folder, or a pattern in quotes: the images there",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--out", type=Path, default=Path("preview"), metavar="DIR",
        help="folder to write to (default: preview)",
    )  # fmt: skip
    parser.add_argument(
        "-q", "--quiet", action="store_true", help="show no progress bar"
    )
    arguments.add_focus(parser)
    arguments.add_sizes(parser, "the sizes to make")
    arguments.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Make the variants and the contact sheet; print each outcome."""
    from resize_on_upload_cli.engine import preview

    sizes = [
        size.focused_on(options.focus)
        for size in sizes_file.load(options.sizes)
        if not size.suffix
    ]
    problems = local_files.Problems()
    files = local_files.find(options.files, skip=options.out, problems=problems)
    done: list[PreviewResult] = []
    try:
        for result in preview.make_previews(files, sizes, options.out):
            done.append(result)
            if options.json:
                write_json("preview", _document(result))
            else:
                write(_line(result))
            show_progress(len(done), len(files), quiet=options.quiet)
    finally:
        if done:
            sheet = preview.write_contact_sheet(options.out, done, sizes)
            say("", f"The contact sheet: {sheet.resolve().as_uri()}")
    made = sum(bool(result.thumbnail) for result in done)
    if len(done) > 1 and not options.json:
        say(f"{made:,} of {plural(len(done), 'file')} resized.")
    all_made = made == len(done) and not problems.found
    return ExitCode.SUCCESS if all_made else ExitCode.WORK_LEFT


def _document(result: PreviewResult) -> dict[str, Any]:
    document: dict[str, Any] = {
        "file": str(result.file),
        "state": "written",
        "outcome": "written",
        "code": None,
        "message": None,
        "detail": None,
        "source": None,
        "variants": [],
        "ms": round(result.milliseconds, 1),
    }
    if isinstance(result.outcome, Rejected):
        code = {"code": result.outcome.reason}
        return document | code | _without_variants("rejected", result.outcome)
    if isinstance(result.outcome, Failed):
        return document | _without_variants("failed", result.outcome)
    source = result.outcome.source
    variants = zip(result.outcome.variants, result.paths, strict=True)
    return {
        **document,
        "source": {
            "format": source.format,
            "width": source.width,
            "height": source.height,
            "frames": source.frames,
        },
        "variants": [_of_variant(variant, path) for variant, path in variants],
    }


def _of_variant(variant: Variant, path: Path) -> dict[str, Any]:
    from resize_on_upload_cli.engine import notes

    return {
        "size": variant.size.name,
        "prefix": variant.size.name,
        "width": variant.width,
        "height": variant.height,
        "bytes": len(variant.body),
        "lowered_quality": variant.quality,
        "exceeds_max_bytes": variant.exceeds_max_bytes,
        "format": variant.content_type.removeprefix("image/"),
        "path": str(path),
        "make": variant.size.make,
        "hdr": variant.hdr,
        "progressive": notes.is_progressive(variant),
        "lossless": notes.is_lossless(variant),
    }


def _without_variants(state: str, error: Exception) -> dict[str, str]:
    text = str(error)
    return {"state": state, "outcome": state, "message": text, "detail": text}


def _line(result: PreviewResult) -> str:
    if isinstance(result.outcome, (Rejected, Failed)):
        return f"{result.file}: {result.cause}"
    source = result.outcome.source
    made = ", ".join(
        f"{v.size.name} {v.width}x{v.height} {len(v.body)} bytes{_notes(v)}"
        for v in result.outcome.variants
    )
    return f"{result.file}: {source.format} {source.width}x{source.height}: {made}"


def _notes(variant: Variant) -> str:
    from resize_on_upload_cli.engine import notes

    made = ["on request"] if variant.size.make == REQUEST else []
    all_notes = [*made, *notes.notes(variant)]
    return f" ({', '.join(all_notes)})" if all_notes else ""
