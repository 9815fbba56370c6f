"""A contact sheet: rows of images, each with a caption, as one JPEG."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont, ImageOps

if TYPE_CHECKING:
    from pathlib import Path

MARGIN, TITLE, CAPTION = 16, 40, 44
"""Pixels around an image, and for the lines of text."""

_INK, _PAPER, _BOARD = "#202020", "#ffffff", ("#ffffff", "#d8d8d8")


@dataclass(frozen=True, slots=True)
class Cell:
    """One image.

    Attributes:
        body: The bytes of an image that Pillow reads.
        caption: At most two lines, below the image.
        width: Pixels on the sheet; 0 for the image's own.
    """

    body: bytes
    caption: str
    width: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows of images, and what they show."""

    title: str
    rows: tuple[tuple[Cell, ...], ...]


def write(sheet: Sheet, file: Path) -> None:
    """Draw the sheet and write it as a JPEG."""
    rows = [[(_image(cell), cell.caption) for cell in row] for row in sheet.rows]
    width = max(sum(_width(*cell) + MARGIN for cell in row) for row in rows)
    width = max(width, round(ImageFont.load_default(20).getlength(sheet.title)))
    heights = [max(image.height for image, _ in row) + CAPTION for row in rows]
    size = (width + MARGIN, TITLE + sum(heights) + MARGIN * len(rows))
    canvas = Image.new("RGB", size, _PAPER)
    pen = ImageDraw.Draw(canvas)
    pen.text((MARGIN, 10), sheet.title, _INK, ImageFont.load_default(20))
    top = TITLE
    for row, height in zip(rows, heights, strict=True):
        _draw_row(canvas, row, top, top + height - CAPTION)
        top += height + MARGIN
    canvas.save(file, quality=92)


def _draw_row(
    canvas: Image.Image, row: list[tuple[Image.Image, str]], top: int, bottom: int
) -> None:
    pen, left = ImageDraw.Draw(canvas), MARGIN
    for image, caption in row:
        canvas.paste(image, (left, top))
        pen.text((left, bottom + 4), caption, _INK, ImageFont.load_default(14))
        left += _width(image, caption) + MARGIN


def _width(image: Image.Image, caption: str) -> int:
    """The width of a cell: captions may be wider than small images."""
    font = ImageFont.load_default(14)
    return max(image.width, *(round(font.getlength(t)) for t in caption.split("\n")))


def _image(cell: Cell) -> Image.Image:
    """The image on the sheet; on a checkerboard where it is transparent."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(cell.body)))
    if cell.width:
        height = max(1, round(image.height * cell.width / image.width))
        image = image.resize((cell.width, height), Image.Resampling.LANCZOS)
    image = image.convert("RGBA")
    board = _checkerboard(image.size)
    board.paste(image, mask=image)
    return board


def _checkerboard(size: tuple[int, int], square: int = 8) -> Image.Image:
    board = Image.new("RGB", size, _BOARD[0])
    pen = ImageDraw.Draw(board)
    for top in range(0, size[1], square):
        for left in range(top // square % 2 * square, size[0], 2 * square):
            corner = (left + square - 1, top + square - 1)
            pen.rectangle((left, top, *corner), _BOARD[1])
    return board
