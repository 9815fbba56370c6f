"""`check`: show what each size of sizes.json makes, or which sizes a key gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload.sizes.size import REQUEST, sizes_for_key
from resize_on_upload_cli import arguments, sizes_file
from resize_on_upload_cli.errors import ExitCode
from resize_on_upload_cli.sizes_file import LIMIT, SizesFileError
from resize_on_upload_cli.terminal import say, write, write_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from resize_on_upload.sizes.size import Size
    from resize_on_upload_cli.sizes_file import SizesFile

DESCRIPTION = """\
Check sizes.json, and show what each size makes of three examples: a phone's photo, the
same upright, and an icon. With keys, show which sizes each key gets.

Warns of what is valid but has no effect. What depends on settings, such as delivery,
is checked by cdk synth.

Changes nothing. The exit code is 1 if sizes.json has mistakes.
"""
EXAMPLES = """\
examples:
  resize-on-upload check
  resize-on-upload check avatars/me.jpg 'holiday/lake.png'
"""

_ORIGINALS = ((4032, 3024), (3024, 4032), (64, 64))
"""A phone's photo, the same upright, an icon: width and height."""

_NEARLY_FULL = 0.8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options."""
    parser.add_argument(
        "keys", nargs="*", metavar="KEY", help="show the sizes that this key gets"
    )
    arguments.add_sizes(parser, "the file to check")
    arguments.add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Print the sizes, the keys or the mistakes."""
    try:
        file = sizes_file.load_file(options.sizes)
    except SizesFileError as error:
        say(*error.lines)
        return ExitCode.WORK_LEFT
    sizes = file.sizes
    if options.keys:
        for key in options.keys:
            _print_key(key, sizes_for_key(sizes, key), as_json=options.json)
    else:
        images = [size for size in sizes if not size.suffix]
        if options.json:
            for size in images:
                write_json("check", _document(size))
        else:
            write(*_table(images))
    _print_notes(file)
    return ExitCode.SUCCESS


def _print_notes(file: SizesFile) -> None:
    """Print the warnings, and what settings must fit."""
    for warning in file.warnings:
        say(*warning.split("\n"))
    if names := [size.name for size in file.sizes if size.make == REQUEST]:
        say(f"Made on request, which needs -c delivery=true: {', '.join(names)}")
    length = len(file.compact.encode())
    if length > _NEARLY_FULL * LIMIT:
        say(f"{length} of {LIMIT} bytes are used; settings may take more of them.")


def _table(sizes: Sequence[Size]) -> list[str]:
    """Return a row per size; the columns on the right are what it makes.

    The time when it is made has a column only if there is a choice.
    """
    with_time = any(size.make == REQUEST for size in sizes)
    headings = [f"from {width}x{height}" for width, height in _ORIGINALS]
    rows = [["prefix", "geometry", "format", "made", *headings]]
    for size in sizes:
        made = (size.dimensions(*original) for original in _ORIGINALS)
        pixels = [f"{width}x{height}" for width, height in made]
        facts = [size.name, size.geometry.text, size.format, _when(size)]
        rows.append([*facts, *pixels])
    return [
        f"{name:<20} {geometry:<12} {fmt:<9} "
        + (f"{made:<11} " if with_time else "")
        + "  ".join(f"{p:>14}" for p in pixels)
        for name, geometry, fmt, made, *pixels in rows
    ]


def _when(size: Size) -> str:
    return "on request" if size.make == REQUEST else "at upload"


def _print_key(key: str, sizes: Sequence[Size], *, as_json: bool) -> None:
    on_request = [size.name for size in sizes if size.make == REQUEST]
    if as_json:
        names = [size.name for size in sizes]
        document = {"key": key, "sizes": names, "on_request": on_request}
        write_json("check-key", document)
        return
    marked = [
        f"{size.name} (on request)" if size.name in on_request else size.name
        for size in sizes
    ]
    write(f"{key}: {', '.join(marked) or 'no size'}")


def _watermark(size: Size) -> dict[str, object] | None:
    """The keys of sizes.json, with its file's SHA-256 in place of the path."""
    if not size.watermark:
        return None
    return {
        "sha256": size.watermark.digest,
        "gravity": size.watermark.gravity,
        "opacity": size.watermark.opacity,
        "width": f"{size.watermark.percent}%",
        "minWidth": size.watermark.min_width,
    }


def _document(size: Size) -> dict[str, object]:
    made = {original: size.dimensions(*original) for original in _ORIGINALS}
    return {
        "size": size.name,
        "prefix": size.name,
        "geometry": size.geometry.text,
        "format": size.format,
        "quality": size.quality,
        "max_bytes": size.max_bytes,
        "progressive": size.progressive,
        "lossless": size.lossless,
        "sharpen": size.sharpen,
        "crop": size.crop,
        "gravity": size.gravity,
        "hdr": size.hdr,
        "watermark": _watermark(size),
        "include": list(size.key_patterns.include),
        "exclude": list(size.key_patterns.exclude),
        "make": size.make,
        "makes": {
            f"{original[0]}x{original[1]}": {"width": width, "height": height}
            for original, (width, height) in made.items()
        },
    }
