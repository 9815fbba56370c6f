"""`check`: what each size of sizes.json makes, and which of them a key gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resize_on_upload.sizes.size import sizes_for_key
from tools import sizes_file
from tools.sizes_file import SizesFileError
from tools.terminal import say, write, write_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from resize_on_upload.sizes.size import Size

EXAMPLES = {"phone": (4032, 3024), "portrait": (3024, 4032), "icon": (64, 64)}


def run(file: Path, keys: Sequence[str], *, as_json: bool) -> bool:
    """Print a row a size, or a row a key; True where the file has mistakes.

    Raises:
        UsageError: there is no such file.
        OSError: it cannot be read.
    """
    try:
        sizes = sizes_file.load(file)
    except SizesFileError as error:
        say(*error.mistakes)
        return True
    if keys:
        for key in keys:
            _tell(key, [size.name for size in sizes_for_key(sizes, key)], as_json)
    else:
        _print_sizes([size for size in sizes if not size.suffix], as_json=as_json)
    return False


def _print_sizes(sizes: Sequence[Size], *, as_json: bool) -> None:
    if not as_json:
        head = "  ".join(f"{w}x{h}".rjust(11) for w, h in EXAMPLES.values())
        write(f"{'prefix':<20} {'geometry':<12} {'format':<9} {head}")
    for size in sizes:
        made = {name: size.dimensions(*source) for name, source in EXAMPLES.items()}
        if as_json:
            write_json(_document(size, made))
        else:
            row = "  ".join(f"{w}x{h}".rjust(11) for w, h in made.values())
            write(f"{size.name:<20} {size.geometry.text:<12} {size.format:<9} {row}")


def _tell(key: str, names: list[str], as_json: bool) -> None:  # noqa: FBT001 - one
    if as_json:
        write_json({"key": key, "sizes": names})
    else:
        write(f"{key}: {', '.join(names) or 'no size'}")


def _document(size: Size, made: dict[str, tuple[int, int]]) -> dict[str, object]:
    return {
        "prefix": size.name,
        "geometry": size.geometry.text,
        "format": size.format,
        "quality": size.quality,
        "crop": size.crop,
        "include": list(size.key_patterns.include),
        "exclude": list(size.key_patterns.exclude),
        "makes": {
            f"{width}x{height}": {"width": made[name][0], "height": made[name][1]}
            for name, (width, height) in EXAMPLES.items()
        },
    }
