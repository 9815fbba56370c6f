"""The helpers in docs/frameworks.md, run in their languages."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from resize_on_upload.sizes.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[2] / "docs"
DOCUMENT = (DOCS / "frameworks.md").read_text()
URL = "https://cdn.example/"
KEYS = (
    "holiday/lake.jpg",
    "a b+c.jpg",
    "100%.jpg",
    "a#b?c&d=e.jpg",
    "Zürich/🏔.jpg",
    'it\'s "<b>".jpg',
    "a//b.jpg",
    "uppgd1w3c8o0xv4hqkq1yb4mvlhs",
)
ALT = 'A "lake" & <b>it\'s</b> Zürich'
WIDTHS = (320, 640, 1280)


def _code(language: str, comment: str) -> str:
    """A block of the document, by its language and the comment that names its file."""
    found = re.findall(rf"```{re.escape(language)}\n(.*?)```", DOCUMENT, re.DOTALL)
    (code,) = (block for block in found if comment in block.split("\n\n")[0])
    return str(code)


def _run(program: str, script: str, *arguments: str) -> str:
    if not shutil.which(program):
        pytest.skip(f"{program} is missing: install it to run this helper")
    done = subprocess.run(
        [program, *arguments], input=script, check=True, capture_output=True, text=True
    )
    assert not done.stderr, done.stderr
    return done.stdout


class _Img(HTMLParser):
    """The attributes of the one tag."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag == "img"
        self.found.append(dict(attrs))


def _check(html: str, key: str) -> None:
    """What a helper prints for a key is an image of every width."""
    (img,) = _Img(html).found
    assert (img["alt"], img["width"], img["sizes"]) == (ALT, "9", "100vw")
    entries = [entry.split(" ") for entry in (img["srcset"] or "").split(", ")]
    assert [width for _, width in entries] == [f"{width}w" for width in WIDTHS]
    assert img["src"] == entries[-1][0]
    for url, width in entries:
        _check_url(url, f"{width[:-1]}x", key)


def _check_url(url: str, size: str, key: str) -> None:
    path = url.removeprefix(URL)
    assert url.isascii()
    assert not set(path) & set(' ?#+"<>')
    assert unquote(path) == f"{size}/{key}"


def _django() -> Callable[[str], str]:
    import django
    from django.conf import settings
    from django.template import Context, Engine

    if not settings.configured:
        settings.configure(RESIZED_URL=URL)
        django.setup()
    tag: dict[str, Any] = {}
    exec(_code("python", "templatetags/resized.py"), tag)  # noqa: S102 - our own document
    template = _code("html+django", "load resized").replace("height=photo.height ", "")
    engine = Engine()
    engine.template_libraries["resized"] = tag["register"]

    def render(key: str) -> str:
        photo = {"file": key, "title": ALT, "width": 9}
        return str(engine.from_string(template).render(Context({"photo": photo})))

    return render


@pytest.mark.parametrize("key", KEYS)
def test_django_s_tag_prints_every_width(key: str) -> None:
    _check(_django()(key), key)


RAILS = """
require "erb"
require "json"
module Rails  # what the helper needs of it
  def self.configuration = Struct.new(:x).new(Struct.new(:resized_url).new("URL"))
end
class View
  include ResizedHelper
  def tag = self
  def img(**attributes)
    found = attributes.map { |name, value| %(#{name}="#{ERB::Util.h(value.to_s)}") }
    "<img #{found.join(" ")}>"
  end
end
puts JSON.generate(KEYS.map { |key| View.new.resized_tag(key, alt: ALT, width: 9) })
"""


def test_rails_s_helper_prints_every_width() -> None:
    """With stubs of Rails."""
    script = RAILS.replace("URL", URL).replace("KEYS", _ruby(KEYS))
    script = script.replace("ALT", json.dumps(ALT, ensure_ascii=False))
    helper = _code("ruby", "resized_helper.rb")
    printed = _run("ruby", f"{helper}\n{script}", "-Eutf-8")
    for html, key in zip(json.loads(printed), KEYS, strict=True):
        _check(html, key)


def _ruby(texts: tuple[str, ...]) -> str:
    """The literal of a list; `#` begins no expression, as no brace follows."""
    return json.dumps(texts, ensure_ascii=False)


LARAVEL = """
namespace Illuminate\\Support {  // what the helper needs of it
    class HtmlString { function __construct(public string $html) {} }
}
namespace {
    function config($key) { return 'URL'; }
    function e($text) { return htmlspecialchars($text, ENT_QUOTES | ENT_SUBSTITUTE); }
    HELPER
    foreach (json_decode('KEYS') as $key) {
        $found[] = resized($key, alt: json_decode('ALT'), width: 9)->html;
    }
    echo json_encode($found);
}
"""


def test_laravel_s_helper_prints_every_width() -> None:
    """With stubs of Laravel."""
    helper = _code("php", "app/helpers.php").removeprefix("<?php\n")
    script = LARAVEL.replace("HELPER", helper).replace("'URL'", f"'{URL}'")
    script = script.replace("KEYS", _in_php(KEYS)).replace("ALT", _in_php(ALT))
    for html, key in zip(json.loads(_php(script)), KEYS, strict=True):
        _check(html, key)


def _in_php(value: object) -> str:
    """JSON in a string between single quotes."""
    return json.dumps(value).replace("\\", "\\\\").replace("'", "\\'")


def _php(script: str) -> str:
    return _run("php", f"<?php\n{script}", "-n")


WORDPRESS = """
const RESIZED_URL = 'URL';
const RESIZED_PREFIX = 'wp-content/uploads/';
function add_filter($name, $call) { $GLOBALS['filters'][$name] = $call; }
function wp_get_attachment_metadata($id) { return $GLOBALS['image']; }
function wp_get_registered_image_subsizes() { return json_decode('SIZES', true); }
function wp_constrain_dimensions($width, $height, $most, $highest) {  // WordPress's
    $ratio = min($most ? $most / $width : 1, $highest ? $highest / $height : 1, 1);
    return [(int) round($width * $ratio), (int) round($height * $ratio)];
}
HELPER
foreach (json_decode('IMAGES', true) as $image) {
    foreach (array_keys(wp_get_registered_image_subsizes()) as $size) {
        $found[] = $filters['image_downsize'](false, 7, $size);
    }
    $found[] = $filters['image_downsize'](false, 7, [10, 10]);
    $found[] = $filters['image_downsize'](false, 7, 'full');
}
echo json_encode($found);
"""
REGISTERED = {
    "thumbnail": {"width": 150, "height": 150, "crop": True},
    "medium": {"width": 300, "height": 300, "crop": False},
    "medium_large": {"width": 768, "height": 0, "crop": False},
    "large": {"width": 1_024, "height": 1_024, "crop": False},
    "1536x1536": {"width": 1_536, "height": 1_536, "crop": False},
    "2048x2048": {"width": 2_048, "height": 2_048, "crop": False},
}


def test_wordpress_gets_the_dimensions_of_the_variants() -> None:
    """With stubs of WordPress; what it reserves is what the sizes make."""
    helper = _code("php", "mu-plugins/resized.php").removeprefix("<?php\n")
    originals = [(4_000, 3_000), (200, 100), (100, 120), (1_500, 1_000)]
    images = [
        {"file": "2026/11/a b+.jpg", "width": width, "height": height}
        for width, height in originals
    ]
    script = WORDPRESS.replace("HELPER", helper).replace("'URL'", f"'{URL}'")
    script = script.replace("SIZES", _in_php(REGISTERED))
    found = iter(json.loads(_php(script.replace("IMAGES", _in_php(images)))))
    sizes = {size.name: size for size in _example("wordpress")}
    for original in originals:
        for name in REGISTERED:
            url, *dimensions, resized = next(found)
            _check_url(url, name, "wp-content/uploads/2026/11/a b+.jpg")
            assert resized is True
            assert tuple(dimensions) == sizes[name].dimensions(*original)
        assert [next(found), next(found)] == [False, False]


def _example(name: str) -> Any:
    return parse((DOCS / "examples" / f"{name}.json").read_text())


def test_the_examples_have_the_names_of_their_frameworks() -> None:
    assert [size.name for size in _example("wordpress")] == [*REGISTERED]
    names = [size.name for size in _example("strapi")]
    assert names == ["thumbnail", "small", "medium", "large"]
    made = [size.dimensions(4_000, 3_000) for size in _example("strapi")]
    assert made == [(208, 156), (500, 375), (750, 563), (1_000, 750)]
    assert {size.dimensions(40, 30) for size in _example("strapi")} == {(40, 30)}


def _node(module: str, expression: str) -> Any:
    """The value of an expression, with what a module exports as default or by name."""
    module = re.sub(r"export (?:default )?function", "function", module)
    variables = (
        f"process.env.RESIZED_URL = process.env.NEXT_PUBLIC_RESIZED_URL = '{URL}'"
    )
    script = f"{module}\n{variables};\nconsole.log(JSON.stringify({expression}))"
    return json.loads(_run("node", script, "-"))


def test_next_s_loader_makes_every_url() -> None:
    calls = f"{json.dumps(KEYS)}.map(src => resized({{src, width: 640, quality: 75}}))"
    urls = _node(_code("js", "// resized-loader.js"), calls)
    for url, key in zip(urls, KEYS, strict=True):
        _check_url(url, "640x", key)


def test_next_s_widths_are_those_of_the_sizes() -> None:
    """It asks for no other width, as that would be a 404."""
    config = _code("js", "next.config.mjs").replace("export default", "const config =")
    images = _node(config, "config")["images"]
    assert (*images["imageSizes"], *images["deviceSizes"]) == WIDTHS
    (block,) = re.findall(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)
    names = [size.name for size in parse(block) if not size.fallback]
    assert names == [f"{width}x" for width in WIDTHS]


def test_strapi_s_helper_makes_the_url() -> None:
    file = {"hash": "lake_1f2e", "ext": ".jpg", "name": "lake.jpg"}
    url = _node(_code("js", "// resized.js"), f"resized({json.dumps(file)}, 'small')")
    _check_url(url, "small", "lake_1f2e.jpg")


@pytest.mark.parametrize("language", ["python", "ruby", "php", "js"])
def test_the_helpers_ask_s3_for_nothing(language: str) -> None:
    """No call of a storage, and about fifteen lines."""
    for block in re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL):
        calls = r"exists|boto|storage|fetch\(|head_object"
        assert not re.search(calls, block, re.IGNORECASE)
        lines = [line for line in block.splitlines() if line.strip()]
        assert len(lines) <= 20
