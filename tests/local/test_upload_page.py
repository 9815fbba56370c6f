"""The upload page of `make local`, in a real browser, from the drop to the sizes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from local.stack import ROOT, running
from local.upload_page.server import UploadPage
from scripts.chromium import Tab, chromium, program
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from local.stack import Stack

NAMES = ("150x", "50x50", "x150")
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with running(context={"delivery": "true"}) as started:
        yield started


@pytest.fixture(scope="module")
def url(stack: Stack) -> Iterator[str]:
    with UploadPage(stack, 0) as page:
        yield page.url


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    if not program():
        pytest.skip("Chromium is not installed: apt-get install chromium")
    with chromium(tmp_path_factory.mktemp("profile")) as tab:
        yield tab


@pytest.fixture
def tab(browser: Tab, stack: Stack, url: str) -> Iterator[Tab]:
    """The page without images; afterwards, its policy was not violated."""
    client = stack.s3()
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=stack.original):
        for entry in page.get("Contents", ()):
            client.delete_object(Bucket=stack.original, Key=entry["Key"])
    browser.messages.clear()
    browser.resize(1_280, 900)
    browser.open("about:blank")
    browser.open(url)
    browser.wait("!document.querySelector('.card')")
    yield browser
    wrong = [one for one in browser.messages if one.startswith("error")]
    assert not [one for one in wrong if "409" not in one], wrong


def _photo(file: Path, width: int = 600, height: int = 400) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(images.encoded("jpeg", width, height))
    return file


def _card(key: str) -> str:
    """An expression for the card of a key."""
    name = json.dumps(key)
    return (
        "[...document.querySelectorAll('.card')]"
        f".find(one => one.querySelector('h2').textContent === {name})"
    )


def _wait_for_state(tab: Tab, key: str, state: str) -> None:
    tab.wait(f"{_card(key)}?.dataset.state === {state!r}")


def _press(tab: Tab, key: str, name: str) -> None:
    """Press a button of a card."""
    selector = f"'[data-do={name}]'"
    assert tab.evaluate(f"!{_card(key)}.querySelector({selector}).hidden")
    tab.evaluate(f"{_card(key)}.querySelector({selector}).click()")


def _sizes(tab: Tab, key: str) -> dict[str, str]:
    """Name of each size of a card → its dimensions and bytes."""
    found: list[list[str]] = tab.evaluate(
        f"[...{_card(key)}.querySelectorAll('.size')].map(one =>"
        " [one.querySelector('b').textContent,"
        " one.querySelector('.label span').textContent])"
    )
    return {name: re.sub("\u202f?\u00d7\u202f?", "x", text) for name, text in found}


def _wait_for_height(tab: Tab, key: str, height: int) -> None:
    """Wait until the variant that is 150 pixels wide has this height."""
    shown = f"150\u202f\u00d7\u202f{height}"
    tab.wait(f"{_card(key)}.innerText.includes({json.dumps(shown)})")


def test_from_the_drop_to_the_sizes(tab: Tab, stack: Stack, tmp_path: Path) -> None:
    """Files and a folder at once; one of them is not an image."""
    odd = "holiday 2026/Zürich/写真 😀 + See.jpg"
    _photo(tmp_path / odd)
    (tmp_path / "holiday 2026" / "notes.txt").write_text("not an image")
    bad = tmp_path / "broken.jpg"
    bad.write_bytes(b"not an image")
    tab.drop([_photo(tmp_path / "lake.jpg"), bad, tmp_path / "holiday 2026"])
    for key in ("lake.jpg", odd):
        _wait_for_state(tab, key, "ready")
        found = _sizes(tab, key)
        assert tuple(found) == NAMES
        assert re.fullmatch(r"150x100 · (\d+ bytes|[\d.]+ kB)", found["150x"])
        tab.wait(
            f"[...{_card(key)}.querySelectorAll('.frame img')]"
            ".every(one => one.complete && one.naturalWidth)"
        )
    _wait_for_state(tab, "broken.jpg", "rejected")
    problem = tab.evaluate(f"{_card('broken.jpg')}.querySelector('.problem').innerText")
    assert "unsupported-format" in problem
    assert "Convert it to a usual JPEG or PNG." in problem
    listed = stack.s3().list_objects_v2(Bucket=stack.original)["Contents"]
    assert {one["Key"] for one in listed} == {"lake.jpg", "broken.jpg", odd}
    summary = tab.evaluate("document.getElementById('summary').innerText")
    assert "2 photos" in summary
    assert "6 sizes" in summary


def test_the_markup_is_that_of_the_command(tab: Tab, tmp_path: Path) -> None:
    tab.drop([_photo(tmp_path / "a <b> & c.jpg")])
    key = "a <b> & c.jpg"
    _wait_for_state(tab, key, "ready")
    tab.evaluate(f"{_card(key)}.querySelector('summary').click()")
    code = tab.wait(
        f"{_card(key)}.querySelector('pre').textContent.match(/<picture>[^]*/)?.[0]"
    )
    assert 'alt="a &lt;b&gt; &amp; c"' in code
    assert "150x/a%20%3Cb%3E%20%26%20c.jpg 150w" in code


def test_each_upload_shows_its_progress(tab: Tab, tmp_path: Path) -> None:
    """A slow connection; it is cancelled, and tried again."""
    file = tmp_path / "noise.png"
    file.write_bytes(images.noise(1_300))
    tab.limit_uploads(400_000)
    tab.drop([file])
    key = "noise.png"
    tab.wait(f"/^Uploading [1-9]/.test({_card(key)}?.innerText.split('\\n')[2])")
    bar = f"{_card(key)}.querySelector('progress')"
    assert 0 < tab.evaluate(f"{bar}.value") < 1
    assert not tab.evaluate(f"{bar}.hidden")
    _press(tab, key, "cancel")
    _wait_for_state(tab, key, "stopped")
    tab.limit_uploads(-1)
    _press(tab, key, "retry")
    _wait_for_state(tab, key, "ready")


def test_replacing_shows_the_new_sizes(tab: Tab, tmp_path: Path) -> None:
    tab.choose("#files", [_photo(tmp_path / "lake.jpg")])
    _wait_for_state(tab, "lake.jpg", "ready")
    tab.evaluate(f"replacing = items.get({'lake.jpg'!r})")
    tab.choose("#replacement", [_photo(tmp_path / "tall.jpg", 400, 800)])
    _wait_for_height(tab, "lake.jpg", 300)
    _wait_for_state(tab, "lake.jpg", "ready")
    assert _sizes(tab, "lake.jpg")["150x"].startswith("150x300 ")
    assert tab.evaluate("document.querySelectorAll('.card').length") == 1


@pytest.mark.parametrize(
    ("button", "keys"),
    [
        ("overwrite", ["lake.jpg"]),
        ("both", ["lake (2).jpg", "lake.jpg"]),
        ("dismiss", ["lake.jpg"]),
    ],
)
def test_an_existing_name_asks(
    tab: Tab, stack: Stack, tmp_path: Path, button: str, keys: list[str]
) -> None:
    _photo(tmp_path / "1" / "lake.jpg")
    tab.drop([tmp_path / "1" / "lake.jpg"])
    _wait_for_state(tab, "lake.jpg", "ready")
    _photo(tmp_path / "2" / "lake.jpg", 400, 800)
    tab.drop([tmp_path / "2" / "lake.jpg"])
    _wait_for_state(tab, "lake.jpg", "conflict")
    tab.evaluate(
        f"{_card('lake.jpg')}.querySelector('.ask [data-do={button}]').click()"
    )
    tab.wait(
        f"document.querySelectorAll('.card[data-state=ready]').length === {len(keys)}"
    )
    listed = stack.s3().list_objects_v2(Bucket=stack.original)["Contents"]
    assert [one["Key"] for one in listed] == keys
    _wait_for_height(tab, "lake.jpg", 300 if button == "overwrite" else 100)


def test_deleting_removes_the_image_and_its_sizes(
    tab: Tab, stack: Stack, tmp_path: Path
) -> None:
    tab.drop([_photo(tmp_path / "lake.jpg")])
    _wait_for_state(tab, "lake.jpg", "ready")
    _press(tab, "lake.jpg", "remove")
    _press(tab, "lake.jpg", "really")
    tab.wait("!document.querySelector('.card')")
    client = stack.s3()
    assert "Contents" not in client.list_objects_v2(Bucket=stack.original)
    left = client.list_objects_v2(Bucket=stack.resized).get("Contents", ())
    assert not [one for one in left if one["Key"].endswith("/lake.jpg")]


def test_what_others_upload_appears(tab: Tab, stack: Stack, url: str) -> None:
    """Also with a name that looks like HTML, and after the page is loaded again."""
    key = "<img src=x onerror=alert(1)>.png"
    stack.s3().put_object(Bucket=stack.original, Key=key, Body=images.png(40, 30))
    _wait_for_state(tab, key, "ready")
    tab.open("about:blank")
    tab.open(url)
    _wait_for_state(tab, key, "ready")
    assert tab.evaluate("document.querySelectorAll('h2 *').length") == 0


def _press_until(tab: Tab, condition: str) -> None:
    """Press Tab until what has the focus is wanted."""
    for _ in range(40):
        tab.press("Tab")
        if tab.evaluate(condition):
            return
    pytest.fail(f"Tab never leads to {condition}")


def test_the_keyboard_is_enough(tab: Tab, tmp_path: Path) -> None:
    """Choose, wait for the announcement, open the code, delete."""
    tab.send("Page.setInterceptFileChooserDialog", enabled=True)
    _press_until(tab, "document.activeElement.id === 'files-button'")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert tab.evaluate(outline) == "solid"
    tab.press("Enter")
    tab.choose("#files", [_photo(tmp_path / "lake.jpg")])
    tab.send("Page.setInterceptFileChooserDialog", enabled=False)
    spoken = "document.querySelector('[role=status]').textContent"
    tab.wait(f"{spoken} === 'lake.jpg: 3 sizes ready.'")
    _press_until(tab, "document.activeElement.tagName === 'SUMMARY'")
    tab.press("Enter")
    tab.wait("document.querySelector('pre').textContent.startsWith('<picture>')")
    tab.evaluate("document.getElementById('files-button').focus()")
    _press_until(tab, "document.activeElement.dataset.do === 'remove'")
    tab.press("Enter")
    assert tab.evaluate("document.activeElement.dataset.do") == "really"
    tab.press("Escape")
    assert tab.evaluate("document.activeElement.dataset.do") == "remove"
    tab.press("Enter")
    tab.press(" ")
    tab.wait("!document.querySelector('.card')")
    tab.wait("document.activeElement.id === 'files-button'")
    tab.wait(f"{spoken}.endsWith('and its sizes are deleted.')")


def test_sizes_that_are_listed_before_the_upload_ends_are_announced(
    tab: Tab, tmp_path: Path
) -> None:
    """A quick function, or a slow response of S3."""
    tab.evaluate(
        "(() => { const sent = send; send = async (...given) => {"
        " const failure = await sent(...given);"
        " while (items.get('lake.jpg').image?.state !== 'ready')"
        " await new Promise(done => setTimeout(done, 50));"
        " return failure; }; })()"
    )
    tab.choose("#files", [_photo(tmp_path / "lake.jpg")])
    spoken = "document.querySelector('[role=status]').textContent"
    tab.wait(f"{spoken} === 'lake.jpg: 3 sizes ready.'")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1_280, 390])
def test_everyone_can_use_it(tab: Tab, tmp_path: Path, scheme: str, width: int) -> None:
    """The checker axe finds nothing, and nothing is wider than the viewport."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: npm install")
    tab.resize(width, 900)
    tab.prefer(prefers_color_scheme=scheme, prefers_reduced_motion="reduce")
    wide = "document.documentElement.scrollWidth"
    assert tab.evaluate(wide) == width
    long = "a rather long name " * 6 + "without-a-place-to-break" * 4 + ".jpg"
    bad = tmp_path / "broken.jpg"
    bad.write_bytes(b"not an image")
    again = tmp_path / "again" / "lake.jpg"
    tab.drop([_photo(tmp_path / "lake.jpg"), _photo(tmp_path / long), bad])
    tab.wait("document.querySelectorAll('[data-state=ready]').length === 2")
    _wait_for_state(tab, "broken.jpg", "rejected")
    tab.drop([_photo(again)])
    _wait_for_state(tab, "lake.jpg", "conflict")
    tab.evaluate(f"{_card(long)}.querySelector('summary').click()")
    tab.wait("document.querySelectorAll('pre')[1].textContent.length > 9")
    _press(tab, "broken.jpg", "remove")
    tab.evaluate(AXE.read_text() + ";0")
    found: Any = tab.evaluate("axe.run().then(found => found.violations)")
    assert not found, json.dumps(found, indent=1)[:5_000]
    assert tab.evaluate(wide) == width
    tab.prefer()
