"""The gallery of `preview` and `make demo`: one page, safe, on any screen."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from wand.image import Image

from resize_on_upload.errors import Rejected
from resize_on_upload.imaging.headers import jpeg
from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes import parser
from resize_on_upload.sizes.focus import Focus
from resize_on_upload.sizes.watermarks.watermark import Watermark
from resize_on_upload_cli.engine.gallery import facts, links, numbers, page
from resize_on_upload_cli.engine.gallery.contents import (
    THUMBNAIL,
    Gallery,
    GalleryItem,
    Problem,
    Row,
)
from resize_on_upload_cli.engine.gallery.cures import CURES
from scripts.chromium import Tab, chromium, program
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMES = "\N{MULTIPLICATION SIGN}"

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"

HOSTILE = (
    "<script>alert(1)</script>.png",
    "\"' onerror=alert(1) x='.png",
    "</title></style></script>.png",
    "{0}{style}%s.png",
    "&lt;b&gt;.png",
    "javascript:alert(1)",
    "写真 😀 \u202egnp.exe",
    "bad\udcff.png",
    "line\nbreak.png",
)


class Elements(HTMLParser):
    """Every element of a page with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def _row(title: str, *sizes: str, width: int = 30) -> Row:
    body = images.png(width, 20)
    items = [
        GalleryItem(size, body, "image/png", width, 20, file=f"{size}/a.png")
        for size in sizes
    ]
    original = make_variants(body, [THUMBNAIL])
    return Row(title, len(body), original, items, file="a.png", facts=[title])


def _rejected(title: str) -> Row:
    return Row(title, 3, problem=Problem("truncated", f"{title} ends early"))


def _page(folder: Path, rows: list[Row], sizes: list[str]) -> str:
    columns = dict.fromkeys(sizes, "")
    contents = Gallery(rows, columns, "ImageMagick 7.1.1-43", credits=["By <nobody>"])
    return page.write(folder / "gallery.html", contents).read_text()


@pytest.mark.parametrize("name", HOSTILE)
def test_names_add_no_element_and_no_attribute(name: str, tmp_path: Path) -> None:
    """The same elements as with a plain name, with the same attributes."""
    shapes = []
    for title in ("plain", name):
        rows = [_row(title, "a"), _rejected(title)]
        elements = Elements(_page(tmp_path, rows, ["a"])).found
        shapes.append([(tag, list(attributes)) for tag, attributes in elements])
    assert shapes[0] == shapes[1]


def test_nothing_is_loaded_from_elsewhere(tmp_path: Path) -> None:
    text = _page(tmp_path, [_row("a.png", "a", "b")], ["a", "b"])
    assert "://" not in text
    elements = Elements(text)
    sources = [image["src"] or "" for image in elements.all("img") if "src" in image]
    assert len(sources) == 3
    assert all(source.startswith("data:image/") for source in sources)
    assert {tag for tag, _ in elements.found}.isdisjoint({"link", "iframe", "object"})
    (policy,) = (m["content"] for m in elements.all("meta") if "http-equiv" in m)
    assert "default-src 'none'" in str(policy)
    assert "unsafe" not in str(policy)


def test_every_row_has_a_cell_in_each_column(tmp_path: Path) -> None:
    """Also if a size does not match the key, or if there is no variant at all."""
    sizes = ["a", "b", "c"]
    rows = [_row("all", "c", "a", "b"), _row("some", "b"), _rejected("none")]
    text = _page(tmp_path, rows, sizes)
    body = re.findall(r"<tr.*?</tr>", text, re.DOTALL)
    columns = []
    for row in body[1:]:
        cells = Elements(row).all("td")
        columns.append([cell.get("data-size") for cell in cells])
    assert columns == [sizes, sizes, [None]]
    assert 'colspan="3"' in body[3]
    assert re.findall(r'<th scope="col">(\w+)', body[0]) == ["Original", *sizes]


def test_images_are_described(tmp_path: Path) -> None:
    text = _page(tmp_path, [_row("mountains.jpg", "150x")], ["150x"])
    described = [image["alt"] for image in Elements(text).all("img")]
    assert described == [
        f"mountains.jpg, original, 30{TIMES}20",
        f"mountains.jpg, 150x, 30{TIMES}20",
        "",  # the dialog's, before it is opened
    ]


def test_a_rejection_has_its_code_cause_and_cure(tmp_path: Path) -> None:
    text = _page(tmp_path, [_rejected("a.jpg")], ["a"])
    assert "<code>truncated</code><p>a.jpg ends early</p>" in text
    assert '<p class="cure">Upload the whole file.</p>' in text
    assert "1 file not resized" in text


def test_every_rejection_has_a_cure() -> None:
    assert sorted(CURES) == sorted(kind.reason for kind in Rejected.__subclasses__())


def test_totals_are_those_of_the_rows(tmp_path: Path) -> None:
    rows = [_row("a", "x", "y"), _row("b", "x"), _rejected("c")]
    contents = Gallery(rows, {"x": "", "y": ""}, "ImageMagick")
    length = len(images.png(30, 20))
    assert numbers.summary(contents) == (
        "2 photos",
        numbers.size(2 * length),
        "3 variants",
        numbers.size(3 * length),
    )
    assert "<b>3 variants</b>" in page.write(tmp_path / "x.html", contents).read_text()


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0.0 kB"), (949, "0.9 kB"), (12_345, "12 kB"), (31_400_000, "31.4 MB")],
)
def test_bytes_are_rounded(count: int, text: str) -> None:
    assert numbers.size(count) == text


def _jpeg(side: int) -> bytes:
    return images.encoded("jpeg", side, side)


def _cmyk() -> bytes:
    with Image(width=9, height=9) as image:
        image.transform_colorspace("cmyk")
        return bytes(image.make_blob("jpeg"))


def _with_profile(blob: bytes) -> bytes:
    return blob[:2] + jpeg.segment(0xE2, b"ICC_PROFILE\0\1\1") + blob[2:]


@pytest.mark.parametrize(
    ("blob", "expected"),
    [
        (images.png(90, 60), ()),
        (_jpeg(90), ()),
        (_jpeg(2400), ("decoded at 1/8",)),
        (images.exif_orientation(_jpeg(90), 6), ("turned upright (EXIF 6)",)),
        (_with_profile(_jpeg(90)), ("colour profile converted to sRGB",)),
        (_with_profile(_cmyk()), ("CMYK converted to sRGB",)),
        (images.gif((9, 9), ((0, 0, 9, 9), 1), ((0, 0, 4, 4), 1)), ("2 frames",)),
    ],
    ids=["png", "jpeg", "large", "rotated", "profile", "cmyk", "animated"],
)
def test_what_the_engine_did_is_named(blob: bytes, expected: tuple[str, ...]) -> None:
    assert facts.of_original(blob, parser.parse('{"sizes": ["50x"]}')) == expected


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ()),
        ({"sharpen": 1}, ("sharpened",)),
        ({"geometry": "20x20^", "crop": True}, ("cropped",)),
        (
            {"geometry": "20x20^", "crop": True, "gravity": "auto"},
            ("cropped, gravity auto",),
        ),
        ({"make": "request"}, ("made on request",)),
    ],
    ids=str,
)
def test_what_a_size_did_is_named(
    options: dict[str, Any], expected: tuple[str, ...]
) -> None:
    entry = {"geometry": "20x", "name": "s", **options}
    (size,) = parser.parse(json.dumps({"sizes": [entry]}))
    assert facts.of_variant(size, (20, 20), (40, 40)) == expected
    assert "sharpened" not in facts.of_variant(size, (40, 40), (40, 40))


def test_a_watermark_and_a_focus_are_named() -> None:
    entry = {"geometry": "20x20^", "name": "s", "crop": True}
    (size,) = parser.parse(json.dumps({"sizes": [entry]}))
    marked = replace(size, watermark=Watermark("digest", min_width=20))
    assert facts.of_variant(marked, (20, 20), (40, 40)) == ("cropped", "watermark")
    assert facts.of_variant(marked, (19, 19), (40, 40)) == ("cropped",)
    aimed = size.focused_on(Focus(0.3, 0.6))
    assert facts.of_variant(aimed, (20, 20), (40, 40)) == ("cropped, focus 0.3,0.6",)


def test_an_image_without_sizes_has_facts_of_its_own() -> None:
    rotated = images.exif_orientation(_jpeg(2400), 6)
    assert facts.of_original(rotated, []) == ("turned upright (EXIF 6)",)


def test_links_to_files_are_encoded(tmp_path: Path) -> None:
    file = tmp_path / "150x" / "a b#?%写.jpg"
    assert links.relative(file, tmp_path) == "150x/a%20b%23%3F%25%E5%86%99.jpg"
    assert links.relative(file, tmp_path / "demo").startswith("../150x/")


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    if not program():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


LEFT_EDGES = """
  [...document.querySelectorAll("tbody tr:not(.rejected)")].map(row =>
    [...row.querySelectorAll("td")].map(cell => cell.getBoundingClientRect().left))
"""
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


@pytest.mark.parametrize("columns", [1, 3, 5, 12])
def test_a_page_fits_every_screen(columns: int, tab: Tab, tmp_path: Path) -> None:
    """No overflow of the page, aligned columns, images with their own pixels."""
    sizes = [f"size{number}" for number in range(columns)]
    rows = [
        _row("a" * 200, *sizes, width=400),
        _row("b.png", *sizes, width=9),
        _row("c.png", *sizes, width=150),
        _rejected("d" * 300),
    ]
    _page(tmp_path, rows, sizes)
    tab.open((tmp_path / "gallery.html").as_uri())
    for width in (390, 800, 1_000, 1_280, 1_920):
        tab.resize(width, 900, 2)
        assert tab.evaluate(OVERFLOW) <= 0, width
        if width > 760:
            first, *others = tab.evaluate(LEFT_EDGES)
            assert [first] * len(others) == others
        for row, own in ((1, 9), (2, 150)):
            drawn = (
                f"document.querySelectorAll('tbody tr')[{row}].querySelector('td img')"
            )
            # Two pixels of this screen are one CSS pixel.
            assert tab.evaluate(f"{drawn}.getBoundingClientRect().width") == own / 2
    assert tab.messages == []


@pytest.mark.parametrize("columns", [3, 12])
def test_it_is_printed_as_a_whole(columns: int, tab: Tab, tmp_path: Path) -> None:
    """Nothing is cut off at the right edge of A4 or Letter, whatever is scrolled."""
    sizes = [f"size{number}" for number in range(columns)]
    _page(tmp_path, [_row("a.png", *sizes, width=150)], sizes)
    tab.resize(794, 1_000)
    tab.open((tmp_path / "gallery.html").as_uri())
    tab.send("Emulation.setEmulatedMedia", media="print")
    edges = "[...document.querySelectorAll('td, img')].map(one => "
    assert max(tab.evaluate(f"{edges}one.getBoundingClientRect().right)")) <= 794
    tab.send("Emulation.setEmulatedMedia", media="")


def test_a_variant_opens_alone(tab: Tab, tmp_path: Path) -> None:
    """By the keyboard, too; the arrow keys go around, and the focus comes back."""
    rows = [_row("a.png", "x", "y"), _row("b.png", "x", "y")]
    _page(tmp_path, rows, ["x", "y"])
    tab.open((tmp_path / "gallery.html").as_uri())
    caption = "document.querySelector('figcaption').textContent"
    tab.evaluate("document.querySelectorAll('a.variant')[3].focus()")
    tab.press("Enter")
    tab.wait(f"{caption} === 'b.png, y, 30{TIMES}20'")
    key = "new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true})"
    tab.evaluate(f"document.activeElement.dispatchEvent({key})")
    tab.wait(f"{caption} === 'a.png, x, 30{TIMES}20'")
    tab.press("Escape")
    tab.wait("!document.querySelector('dialog').open")
    tab.wait("document.activeElement === document.querySelector('a.variant')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1_280])
def test_everyone_can_use_it(scheme: str, width: int, tab: Tab, tmp_path: Path) -> None:
    """The checker axe finds nothing, with the dialog and without."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm install")
    rows = [_row("a.png", "x", "y"), _rejected("b.png")]
    _page(tmp_path, rows, ["x", "y"])
    tab.resize(width, 900)
    tab.prefer(prefers_color_scheme=scheme)
    tab.open((tmp_path / "gallery.html").as_uri())
    tab.evaluate(AXE.read_text() + ";0")
    for _ in range(2):
        found: Any = tab.evaluate("axe.run().then(found => found.violations)")
        assert not found, json.dumps(found, indent=1)[:5_000]
        tab.evaluate("document.querySelector('a.variant').click()")
