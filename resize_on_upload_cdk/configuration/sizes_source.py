"""Where the sizes of a deployment come from: a file, or what a program passes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from resize_on_upload.settings import DEFAULT_DECODER_REUSE
from resize_on_upload_cdk.configuration.viewers import access_parsers
from resize_on_upload_cli import sizes_file
from resize_on_upload_cli.sizes_file import SizesFile, SizesFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

DOCUMENT = "config/sizes.json"
"""The name of the sizes in messages about the settings that need them."""

Sizes: TypeAlias = "str | Path | dict[str, Any] | Sequence[str | dict[str, Any]]"
"""The path of a sizes.json, its content, or the list in it."""


@dataclass(frozen=True, slots=True)
class SizesSource:
    """What says the sizes.

    Attributes:
        name: In messages.
        read: Returns them; raises OSError or SizesFileError.
    """

    name: str
    read: Callable[[], SizesFile]

    @classmethod
    def of_file(cls, file: Path) -> SizesSource:
        """The app's own config/sizes.json."""
        name = f"config/{file.name}"
        return cls(name, partial(sizes_file.read, file, name))

    @classmethod
    def of_argument(cls, sizes: Sizes, watermarks: str | Path = "") -> SizesSource:
        """The sizes that a program passes.

        Args:
            sizes: The path of a file, its content, or the list in it.
            watermarks: The folder of the watermarks' files.
        """
        reader = partial(_watermark, Path(watermarks))
        if isinstance(sizes, str | Path):
            name = str(sizes)
            return cls(name, partial(sizes_file.read, Path(sizes), name, reader))
        return cls(
            "sizes", partial(sizes_file.of_content, _content(sizes), "sizes", reader)
        )

    def checked(self, mistakes: list[str], limit: int) -> SizesFile:
        """The sizes; none after adding the mistakes that they have.

        Args:
            mistakes: The list to add to.
            limit: The bytes that the function's environment has for them.
        """
        try:
            found = self.read()
        except OSError as error:
            mistakes.append(f"{self.name}: cannot be read: {error.strerror}")
            return SizesFile((), "")
        except SizesFileError as error:
            mistakes.extend(error.mistakes)
            return SizesFile((), "")
        if mistake := sizes_file.too_long(found.compact, limit):
            mistakes.append(f"{self.name}: {mistake}")
        return found


def _content(sizes: dict[str, Any] | Sequence[str | dict[str, Any]]) -> dict[str, Any]:
    """The content of a sizes.json; other types stay, as a mistake in it."""
    if isinstance(sizes, dict):
        return sizes
    return {"sizes": list(sizes) if isinstance(sizes, Iterable) else sizes}


def room_for_sizes(values: Mapping[str, Any]) -> int:
    """The bytes that other settings leave for the sizes in the environment."""
    names = ("cacheControl", "carryOver", "storageClass")
    texts = [values[name] or "" for name in names]
    if values["decoderReuse"] != DEFAULT_DECODER_REUSE:
        texts.append(f"DECODER_REUSE{values['decoderReuse']}")
    if values["versionedUrls"]:
        texts.append("VERSIONED_URLStrue")
    if values["invalidate"]:
        texts.append("CACHE_TAGStrueDISTRIBUTION_PARAMETER")
        texts.append(f"/resize-on-upload/{values['stackName']}/distribution")
    if base_url := access_parsers.base_url(values["domainNames"] or ()):
        texts.append(f"BASE_URL{base_url}")
    return sizes_file.LIMIT - len("".join(texts))


def _watermark(folder: Path, name: str) -> bytes:
    return sizes_file.read_watermark(str(folder / name))
