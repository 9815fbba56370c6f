"""The files of watermarks, in sizes.json and in the function's folder.

sizes.json names a path. The function's environment has the file's SHA-256 in its place:
recipes depend on it, and `cdk deploy` adds the file under that name to this folder.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import SettingsError
from . import png

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..mistakes import Mistakes

REFERENCE = "sha256:"
"""In place of a path, before the digest."""

_EXAMPLE = '"file": "config/logo.png"'

FOLDER = Path(__file__).parent
FOLDER_VARIABLE = "WATERMARK_FOLDER"
"""Only the local stack sets it: its container image has no watermarks."""


def resolve(
    document: dict[str, Any], read: Callable[[str], bytes], mistakes: Mistakes
) -> dict[str, bytes]:
    """Put the digest of each watermark's file in the place of its path.

    Args:
        document: The content of sizes.json, which is changed.
        read: Returns the content of a file, or raises OSError.
        mistakes: Every file that cannot be a watermark is added to these.

    Returns:
        The files, by their digests.
    """
    found: dict[str, bytes] = {}
    for place, watermark in _watermarks(document):
        name = watermark["file"]
        try:
            data = read(name)
        except (OSError, ValueError) as error:  # a name may have null bytes
            reason = getattr(error, "strerror", None) or str(error)
            rule = (
                f"{json.dumps(name)} cannot be read: {reason}. A relative path starts "
                "at the folder of cdk.json."
            )
            mistakes.add(f"{place}watermark.file", rule, _EXAMPLE)
            continue
        problem = None if name.startswith(REFERENCE) else png.problem(data)
        if problem:
            rule = f"{json.dumps(name)} {problem}"
            mistakes.add(f"{place}watermark.file", rule, _EXAMPLE)
            continue
        digest = _digest(data)
        watermark["file"], found[digest] = f"{REFERENCE}{digest}", data
    return found


def file_name(digest: str) -> str:
    """The name of a watermark's file in the function's folder."""
    return f"{digest}.png"


def read_deployed(reference: str) -> bytes:
    """The content of a file that was deployed with the function.

    Raises:
        SettingsError: it was not, or it was changed since.
    """
    digest = reference.removeprefix(REFERENCE)
    folder = Path(os.environ.get(FOLDER_VARIABLE) or FOLDER)
    try:
        data = (folder / file_name(digest)).read_bytes()
    except OSError as error:
        msg = f"the watermark {digest} is not in the container image; deploy again"
        raise SettingsError(msg) from error
    if _digest(data) != digest:
        msg = f"the watermark {digest} was changed after the deployment; deploy again"
        raise SettingsError(msg)
    return data


def _watermarks(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each watermark that names a file, with the place of the size it is for."""
    listed = document.get("sizes")
    entries = enumerate(listed) if isinstance(listed, list) else ()
    for place, entry in (("", document), *((f"sizes[{n}].", e) for n, e in entries)):
        watermark = entry.get("watermark") if isinstance(entry, dict) else None
        name = watermark.get("file") if isinstance(watermark, dict) else None
        if isinstance(watermark, dict) and isinstance(name, str) and name:
            yield place, watermark


def _digest(data: bytes) -> str:
    import hashlib  # noqa: PLC0415 - 4 MB, which most images do not need

    return hashlib.sha256(data).hexdigest()
