"""The pages of the docs' screenshots: every variant, the largest first."""

from __future__ import annotations

import re

from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.sizes import parser
from scripts.showcase.pages import SCALE, Photo, code_page, sizes_page
from tests.support import images

SIZES = '{"sizes": ["30x", "90x", {"geometry": "60x", "name": "a.b"}]}'


def test_a_photo_is_shown_with_its_sizes_the_largest_first() -> None:
    body = images.png(180, 120)
    photo = Photo("a <b>.png", body, 180, 120, "by @someone@ & others")
    made = make_variants(body, parser.parse(SIZES)).variants
    page = sizes_page(photo, made)
    names = re.findall(r"<b>(.*?)</b>", page)
    key = "a &lt;b&gt;.png"
    assert names == [key, f"90x/{key}", f"a.b/{key}", f"30x/{key}"]
    widths = [
        float(width) * SCALE for width in re.findall(r'<img[^>]*width="(.*?)"', page)
    ]
    assert widths == [180, 90, 60, 30]
    assert "by @someone@ &amp; others" in page


def test_code_is_shown_with_two_windows() -> None:
    page = code_page("page.html?manifest=m&x", 130, 390, 0.5)
    shapes = re.findall(r'<iframe src="(.*?)" width="(.*?)" height="(.*?)"', page)
    url = "page.html?manifest=m&amp;x"
    assert shapes == [(url, "130", "65"), (url, "390", "195")]
    assert "@" not in page
