"""The image formats that are read and written, recognised by their first bytes."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import EmptyObject, UnsupportedFormat


@dataclass(frozen=True, slots=True)
class Format:
    """An image format.

    Attributes:
        name: ImageMagick's name, in lower case.
        content_type: https://www.iana.org/assignments/media-types/
        alpha: Whether it has transparency.
        web: Whether browsers show it; only such formats are written.
        max_side: Pixels per side, if it allows fewer than can be read.
    """

    name: str
    content_type: str
    alpha: bool
    web: bool
    max_side: int | None = None


JPEG = Format("jpeg", "image/jpeg", alpha=False, web=True)
PNG = Format("png", "image/png", alpha=True, web=True)
WEBP = Format("webp", "image/webp", alpha=True, web=True, max_side=16_383)
AVIF = Format("avif", "image/avif", alpha=True, web=True)
GIF = Format("gif", "image/gif", alpha=True, web=True)
TIFF = Format("tiff", "image/tiff", alpha=True, web=False)
BMP = Format("bmp", "image/bmp", alpha=True, web=False)
HEIC = Format("heic", "image/heic", alpha=True, web=False)
JXL = Format("jxl", "image/jxl", alpha=True, web=False)
RAW = Format("raw", "image/x-dcraw", alpha=False, web=False)
"""DNG, CR2, NEF, ARW and others: a TIFF whose embedded JPEG is resized."""

WRITTEN = {fmt.name: fmt for fmt in (JPEG, PNG, WEBP, AVIF, GIF)}
_BY_NAME = {**WRITTEN, **{fmt.name: fmt for fmt in (TIFF, BMP, HEIC, JXL, RAW)}}

_MAGIC = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"BM", BMP),
    (b"\x00\x00\x00\x0cJXL ", JXL),
    (b"\xff\x0a", JXL),
)
_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_OTHERS = (
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"<?xml", "XML, perhaps SVG"),
    (b"<svg", "SVG"),
    (b"<!DOCTYPE", "HTML or XML"),
    (b"<html", "HTML"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"8BPS", "a Photoshop document"),
    (b"\x00\x00\x01\x00", "an icon"),
    (b"RIFF", "RIFF data that is not WebP"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
)
_READABLE = "JPEG, PNG, GIF, WebP, TIFF, BMP, HEIC, AVIF, JPEG XL and RAW photos"


def sniff(blob: bytes) -> Format:
    """Recognise the format by the content; file name and type are ignored.

    Raises:
        EmptyObject: there are no bytes.
        UnsupportedFormat: the format is not read; the message names what it may be.
    """
    if not blob:
        msg = "the object has no bytes; upload the image again"
        raise EmptyObject(msg)
    for magic, fmt in _MAGIC:
        if blob.startswith(magic):
            return fmt
    if blob[:4] == b"RIFF" and blob[8:12] == b"WEBP":
        return WEBP
    if blob[4:8] == b"ftyp" and (media := _iso_media(blob)):
        return media
    msg = f"the content is {_guess(blob)}; upload one of {_READABLE}"
    raise UnsupportedFormat(msg)


def output_format(requested: str, original: Format, *, alpha: bool) -> Format:
    """The format to write: as configured, else the original's, else PNG or JPEG.

    Args:
        requested: A size's `format`.
        original: The format of the upload.
        alpha: Whether the image has an alpha channel.
    """
    if requested != "original":
        return WRITTEN[requested]
    if original.web:
        return original
    return PNG if alpha else JPEG


def output_type(requested: str, source: str, *, alpha: bool) -> str:
    """The content type of a variant, by the name of the upload's format."""
    return output_format(requested, _BY_NAME[source], alpha=alpha).content_type


def _iso_media(blob: bytes) -> Format | None:
    """HEIC or AVIF, by the brands of the file type box (ISO/IEC 14496-12, 4.3)."""
    end = min(int.from_bytes(blob[:4], "big"), len(blob), 512)
    brands = {blob[8:12]} | {blob[at : at + 4] for at in range(16, end, 4)}
    if brands & _AVIF_BRANDS:
        return AVIF
    return HEIC if brands & _HEIC_BRANDS else None


def _guess(blob: bytes) -> str:
    head = blob[:64].lstrip()
    for magic, name in _OTHERS:
        if head[: len(magic)].lower() == magic.lower():
            return name
    if blob[4:8] == b"ftyp":
        return "a video or another ISO media file"
    return "not a supported image"
