"""HTML and JSX of an image: whatever its texts are, they stay values."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resize_on_upload_cli.page.markup import Page, as_html, as_jsx
from resize_on_upload_cli.page.responsive_image import (
    Candidate,
    ResponsiveImage,
    Source,
)

DATA_URL = "data:image/webp;base64,UklGRk4A+/A="
IMAGE = ResponsiveImage(
    sources=(Source("image/avif", (Candidate("2-avif/a.jpg", 2),)),),
    fallback=Source("image/jpeg", (Candidate("1x/a.jpg", 1), Candidate("2x/a.jpg", 2))),
    width=2,
    height=3,
    placeholder=DATA_URL,
    color="#102030",
)
PAGE = Page("https://cdn.example/", "100vw", "A lake")

TEXTS = st.text(
    # Browsers keep a reference to a noncharacter; Python's parser drops it.
    st.characters(exclude_categories=["Cs", "Cc"]).filter(
        lambda one: unescape(f"&#{ord(one)};")
    )
    | st.sampled_from("\"'<>&{}\\/`$= \u200d\u2028"),
    max_size=20,
)
HOSTILE = (
    '"><script>alert(1)</script>',
    "' onerror='alert(1)",
    "{alert(1)}",
    "</picture><!--",
    "&quot; onload=&quot;x",
    "&#34;&amp;amp;",
    "a\\",
    "*/}{`${x}`",
    "\u202egpj.\u2066exe",
    "\u2028\u2029\u200d",
    "Zürich, 湖 🏔",
)


class _Tags(HTMLParser):
    """Collects the tags with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute is repeated"
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def _image(key: str) -> ResponsiveImage:
    path = quote(key)
    fallback = Source("image/jpeg", (Candidate(f"1x/{path}", 1),))
    return replace(IMAGE, fallback=fallback)


def test_a_picture_has_every_format_and_the_dimensions() -> None:
    assert (
        as_html(IMAGE, PAGE)
        == f"""\
<picture>
  <source
    type="image/avif"
    srcset="https://cdn.example/2-avif/a.jpg 2w"
    sizes="100vw">
  <img
    src="https://cdn.example/2x/a.jpg"
    srcset="https://cdn.example/1x/a.jpg 1w,
            https://cdn.example/2x/a.jpg 2w"
    sizes="100vw"
    width="2"
    height="3"
    alt="A lake"
    style="max-width: 100%; height: auto; background: url({DATA_URL}) center / cover \
no-repeat">
</picture>"""
    )


def test_jsx_has_react_s_names() -> None:
    assert (
        as_jsx(IMAGE, PAGE)
        == f"""\
<picture>
  <source
    type="image/avif"
    srcSet="https://cdn.example/2-avif/a.jpg 2w"
    sizes="100vw" />
  <img
    src="https://cdn.example/2x/a.jpg"
    srcSet="https://cdn.example/1x/a.jpg 1w,
            https://cdn.example/2x/a.jpg 2w"
    sizes="100vw"
    width={{2}}
    height={{3}}
    alt="A lake"
    style={{{{ maxWidth: "100%", height: "auto", background: "url({DATA_URL}) center \
/ cover no-repeat" }}}} />
</picture>"""
    )


def test_the_colour_is_behind_an_image_without_a_placeholder() -> None:
    """Nothing is, if there is no colour either."""
    colour = replace(IMAGE, placeholder=None)
    assert 'height: auto; background: #102030"' in as_html(colour, PAGE)
    assert 'height: auto"' in as_html(replace(colour, color=None), PAGE)


def _html_of(key: str, text: str, base: str = PAGE.base) -> None:
    parsed = _Tags(as_html(_image(key), Page(base, text, text)))
    assert parsed.text.strip() == ""
    assert [tag for tag, _ in parsed.found] == ["picture", "source", "img"]
    img = parsed.found[2][1]
    assert list(img) == ["src", "srcset", "sizes", "width", "height", "alt", "style"]
    assert (img["alt"], img["sizes"]) == (text, text)
    assert img["src"] == f"{base}1x/{quote(key)}"
    assert img["srcset"] == f"{img['src']} 1w"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_values_in_html(text: str) -> None:
    _html_of(text, text)
    _html_of(text, text, base="https://a.example/&quot;'/")


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), TEXTS)
def test_every_text_stays_a_value_in_html(key: str, text: str) -> None:
    _html_of(key, text)


@given(TEXTS)
def test_what_cannot_be_printed_is_escaped(text: str) -> None:
    """In a terminal that knows only ASCII."""
    page = Page(
        PAGE.base, "100vw", text, lambda one: one.isascii() and one.isprintable()
    )
    assert as_html(IMAGE, page).isascii()
    assert as_jsx(IMAGE, page).isascii()
    assert _Tags(as_html(IMAGE, page)).found[2][1]["alt"] == text


def _jsx_attributes(text: str) -> list[dict[str, Any]]:
    """The attributes of each tag with a value, as React gets them.

    In a string, JSX knows character references; there must be none, as nothing that
    needs them is written as a string.
    """
    assert re.match(r"<picture>\n", text)
    tags = re.findall(r"^  <\w+\n((?:    .*\n)*?    .*) />$", text, re.MULTILINE)
    found = []
    for tag in tags:
        values = {}
        for line in re.split(r"\n    (?! )", f"\n{tag}")[1:]:
            name, _, value = line.partition("=")
            string = re.fullmatch(r'"([^"&{}<>\\]*)"', value)
            expression = re.fullmatch(r"\{(.*)\}", value)
            assert string or expression, value
            values[name] = json.dumps(string[1]) if string else (expression or "")[1]
        found.append(values)
    return [*_evaluated(found)]


def _evaluated(tags: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Let Node evaluate the expressions."""
    node = shutil.which("node")
    if not node:
        pytest.skip("Node is missing: install it to evaluate JSX's expressions")
    objects = (
        ", ".join(f"{json.dumps(name)}: ({value})" for name, value in tag.items())
        for tag in tags
    )
    script = (
        f"console.log(JSON.stringify([{', '.join(f'{{{one}}}' for one in objects)}]))"
    )
    done = subprocess.run(
        [node, "-"], input=script, capture_output=True, text=True, check=True
    )
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_stay_values_in_jsx(text: str) -> None:
    rendered = as_jsx(_image(text), Page("/&'/", text, text))
    assert "<script" not in rendered
    source, img = _jsx_attributes(rendered)
    assert source["sizes"] == img["sizes"] == img["alt"] == text
    assert img["src"] == f"/&'/1x/{quote(text)}"
    assert img["srcSet"] == f"{img['src']} 1w"
    assert (img["width"], img["height"]) == (2, 3)
    assert img["style"]["background"].startswith(f"url({DATA_URL})")
