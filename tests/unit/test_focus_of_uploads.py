"""A focus from the upload's metadata to its variants, manifest, log line and page."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from resize_on_upload.imaging.pipeline import make_variants
from resize_on_upload.outputs.telemetry import work_done
from resize_on_upload.reconcile.config import ReconcileConfig
from resize_on_upload.reconcile.loop import reconcile
from resize_on_upload.reconcile.report import Report
from resize_on_upload.sizes import focus
from resize_on_upload.sizes.parser import parse
from resize_on_upload.sizes.size import REQUEST, UPLOAD
from resize_on_upload.storage.store import Store
from resize_on_upload_cli import cli
from resize_on_upload_cli.page.manifest import ManifestError, read
from resize_on_upload_cli.page.markup import Page, as_html, as_jsx
from resize_on_upload_cli.uploads import form_post
from tests.protocol.explorer import ORIGINAL, RESIZED
from tests.support import images
from tests.support.fake_s3 import FakeS3

SCHEMA = Path(__file__).parents[2] / "config" / "manifest.schema.json"
KEY = "a.png"
SQUARE = {"geometry": "30x30^", "name": "square", "crop": True}
SIZES = parse(json.dumps({"manifest": True, "sizes": [SQUARE, "60x"]}))
WIDE = images.png(120, 30)
LEFT, RIGHT = ("red", "blue"), ("green", "yellow")


class Buckets:
    """Both buckets; real images."""

    def __init__(self, *versioned: str) -> None:
        self.s3 = FakeS3(versioned)
        self.s3.create_bucket(ORIGINAL)
        self.s3.create_bucket(RESIZED)
        self.made: list[str] = []

    def put(self, text: str | None) -> None:
        metadata = {} if text is None else {"focus": text}
        self.s3.put_object(Bucket=ORIGINAL, Key=KEY, Body=WIDE, Metadata=metadata)

    def run(self, sizes: Any = SIZES, *, created: bool = False) -> Report:
        report, self.made = Report(), []
        store = Store(self.s3.client, ORIGINAL, RESIZED, "1")
        config = ReconcileConfig(store, sizes, self._make)
        reconcile(KEY, config, report, created=created)
        return report

    def _make(self, blob: bytes, sizes: Any) -> Any:
        self.made += [size.name for size in sizes]
        return make_variants(blob, sizes)

    def shown(self, size: str = "square") -> tuple[str, ...]:
        """The colours on the left and right of the upper and lower row."""
        stored = self.s3.current(RESIZED, f"{size}/{KEY}")
        assert stored
        return images.corners(stored.body or b"", "png")

    def stored(self) -> dict[str, tuple[Any, Any]]:
        held = self.s3.buckets[RESIZED].items()
        return {key: (one.body, one.metadata["recipe"]) for key, (one,) in held}

    def manifest(self) -> dict[str, Any]:
        stored = self.s3.current(RESIZED, f"manifest/{KEY}.json")
        assert stored
        document: dict[str, Any] = json.loads(stored.body or b"")
        Draft202012Validator(json.loads(SCHEMA.read_text())).validate(document)
        return document


def _both(side: tuple[str, str]) -> tuple[str, ...]:
    return side[0], side[0], side[1], side[1]


def test_the_crop_follows_the_metadata() -> None:
    buckets = Buckets(ORIGINAL)
    buckets.put("0,0.5")
    report = buckets.run(created=True)
    assert buckets.shown() == _both(LEFT)
    assert buckets.manifest()["source"]["focus"] == {"x": 0, "y": 0.5}
    assert work_done(report)["focus"] == "0.0,0.5"
    assert work_done(report)["focus_ignored"] is None


@pytest.mark.parametrize("versioned", [(ORIGINAL,), ()], ids=["versioned", "not"])
def test_another_focus_makes_all_variants_again(versioned: tuple[str, ...]) -> None:
    """New metadata needs a new write of the original, which is a new source id."""
    buckets = Buckets(*versioned)
    buckets.put("0,0.5")
    buckets.run(created=True)
    buckets.put("1,0.5")
    buckets.run(created=True)
    assert buckets.shown() == _both(RIGHT)
    assert buckets.manifest()["source"]["focus"] == {"x": 1, "y": 0.5}
    buckets.put(None)
    buckets.run()  # by a backfill: its event was lost
    assert buckets.shown() == ("red", "green", "blue", "yellow")
    assert "focus" not in buckets.manifest()["source"]


def test_an_original_without_a_focus_keeps_its_variants() -> None:
    """Recipe and bytes; and a focus is part of the original, not of the recipe."""
    buckets = Buckets(ORIGINAL)
    buckets.put(None)
    buckets.run(created=True)
    before = buckets.stored()
    assert before[f"square/{KEY}"][1] == "2bfa047b96e27f48"
    assert buckets.run().skipped == "up-to-date"
    assert buckets.made == []
    buckets.put("0,0")
    buckets.run()
    after = buckets.stored()
    for key, (body, recipe) in before.items():
        assert after[key][1] == recipe
        assert (after[key][0] == body) == (key == f"60x/{KEY}"), key


def test_a_variant_that_is_missing_gets_the_focus_of_the_others() -> None:
    buckets = Buckets(ORIGINAL)
    buckets.put("1,0")
    sizes = parse(json.dumps({"sizes": [SQUARE, {**SQUARE, "name": "second"}]}))
    buckets.run(sizes, created=True)
    before = buckets.stored()
    del buckets.s3.buckets[RESIZED][f"second/{KEY}"]
    buckets.run(sizes)
    assert buckets.made == ["second"]
    assert buckets.stored() == before


def test_a_size_that_is_made_on_request_has_the_focus() -> None:
    """And is deleted when the focus changes: the next viewer makes it again."""
    buckets = Buckets(ORIGINAL)
    on_request = tuple(replace(size, make=REQUEST) for size in SIZES[:1])
    viewed = tuple(replace(size, make=UPLOAD) for size in on_request)
    for text, side in (("0,0", LEFT), ("1,0", RIGHT)):
        buckets.put(text)
        buckets.run(on_request)
        assert buckets.stored() == {}
        buckets.run(viewed)
        assert buckets.shown() == _both(side)


@pytest.mark.parametrize(
    "text", ["1.5,0", "NaN,0", "0.5", "0,0,0", "\u0660,0", "x" * 10_000, ""]
)
def test_metadata_that_is_no_focus_is_ignored_and_logged(text: str) -> None:
    buckets = Buckets(ORIGINAL)
    buckets.put(text)
    line = work_done(buckets.run(created=True))
    assert line["focus"] is None
    assert "is not X,Y: two numbers from 0 to 1" in line["focus_ignored"]
    assert len(line["focus_ignored"]) < 150
    assert buckets.shown() == ("red", "green", "blue", "yellow")
    assert "focus" not in buckets.manifest()["source"]


def _page(written: object) -> tuple[str, str]:
    """A manifest as HTML and JSX."""
    buckets = Buckets(ORIGINAL)
    buckets.put("0.3,0.6")
    buckets.run(created=True)
    document = buckets.manifest()
    document["source"]["focus"] = written
    body = json.dumps(document).encode()
    image = read(body, KEY, document["source"]["id"])
    assert image
    page = Page("/", "100vw", "")
    return as_html(image, page), as_jsx(image, page)


def test_a_page_places_an_image_by_its_focus() -> None:
    """CSS's object-position: has an effect if the page cuts the image."""
    html, jsx = _page({"x": 0.3, "y": 2 / 3})
    assert "object-position: 30% 66.67%" in html
    assert 'objectPosition: "30% 66.67%"' in jsx


@pytest.mark.parametrize(
    "written",
    [
        *(None, "0,0", [0, 0], {}, {"x": 0}, {"x": 2, "y": 0}, {"x": "0;a", "y": 0}),
        *({"x": True, "y": 0}, {"x": float("nan"), "y": 0}),
    ],
)
def test_a_page_uses_no_other_focus(written: object) -> None:
    with pytest.raises(ManifestError, match="focus"):
        _page(written)


class _Forms:
    """A stack that keeps the arguments of a form."""

    original = "photos-original"

    def __init__(self) -> None:
        self.made: dict[str, Any] = {}

    def client(self, _: str) -> Any:
        return self

    def generate_presigned_post(self, **arguments: Any) -> dict[str, Any]:
        self.made = arguments
        return {"url": "", "fields": arguments["Fields"]}


def test_a_form_has_the_focus_and_allows_no_other() -> None:
    stack: Any = _Forms()
    form_post.form(stack, KEY, "image/png", focus.parse("0.3,0.6"))
    header = {"x-amz-meta-focus": "0.3,0.6"}
    assert stack.made["Fields"] == {"Content-Type": "image/png", **header}
    assert header in stack.made["Conditions"]
    form_post.form(stack, KEY, "image/png")
    assert stack.made["Fields"] == {"Content-Type": "image/png"}
    assert header not in stack.made["Conditions"]


def test_preview_crops_around_a_focus(tmp_path: Path) -> None:
    (tmp_path / KEY).write_bytes(WIDE)
    sizes = tmp_path / "sizes.json"
    sizes.write_text(json.dumps({"sizes": [SQUARE]}))
    for text, side in (("0,0", LEFT), ("1,.5", RIGHT)):
        out = tmp_path / text
        files = [str(tmp_path / KEY), "--sizes", str(sizes), "--out", str(out)]
        assert cli.main(["preview", *files, "--focus", text]) == 0
        (made,) = out.rglob("*.png")
        assert images.corners(made.read_bytes(), "png") == _both(side)


@pytest.mark.parametrize("command", ["preview", "upload"])
def test_a_command_explains_a_wrong_focus(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main([command, "a.jpg", "--focus", "150,30"])
    shown = capsys.readouterr().err
    assert "'150,30' is not X,Y: two numbers from 0 to 1, such as 0.3,0.6" in shown
