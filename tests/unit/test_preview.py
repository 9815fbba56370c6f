"""`preview` with unusual files: each has an outcome and separate outputs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.errors import EngineFailed
from resize_on_upload.imaging.sandbox.sandbox import Sandbox
from resize_on_upload_cli import cli
from tests.support import images

if TYPE_CHECKING:
    from collections.abc import Sequence

WEBP = '{"sizes": [{"geometry": "4x", "name": "s", "format": "webp"}]}'


def _preview(
    capsys: pytest.CaptureFixture[str], folder: Path, *files: Path, sizes: str = WEBP
) -> tuple[int, list[dict[str, Any]]]:
    (folder / "sizes.json").write_text(sizes)
    options = ("--sizes", folder / "sizes.json", "--out", folder / "out", "--json")
    code = cli.main(["preview", *map(str, (*files, *options))])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _png(file: Path, width: int = 9) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(images.png(width, 9))
    return file


def _paths(documents: Sequence[dict[str, Any]]) -> list[Path]:
    return [Path(one["variants"][0]["path"]) for one in documents]


def test_a_file_that_fails_does_not_stop_the_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is reported and on the contact sheet, too; the exit code is 1."""
    derive = Sandbox.make_variants

    def failing(box: Sandbox, blob: bytes, *more: Any) -> Any:
        if blob == images.png(7, 9):
            msg = "the engine made a wrong s"
            raise EngineFailed(msg)
        return derive(box, blob, *more)

    monkeypatch.setattr(Sandbox, "make_variants", failing)
    files = [_png(tmp_path / f"{width}.png", width) for width in (6, 7, 8)]
    code, documents = _preview(capsys, tmp_path, *files)
    assert code == 1
    assert [one["outcome"] for one in documents] == ["written", "failed", "written"]
    assert (documents[1]["code"], documents[1]["variants"]) == (None, [])
    assert documents[1]["detail"] == "the engine made a wrong s"
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count('<th scope="row">') == 3
    assert "the engine failed: the engine made a wrong s" in page


def test_the_quality_that_max_bytes_led_to_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "noise.png"
    file.write_bytes(images.noise(100))
    size = {"geometry": "100x", "format": "jpeg"}
    entries = [{**size, "name": str(most), "maxBytes": most} for most in (1_000, 6_000)]
    sizes = json.dumps({"sizes": entries})
    code, (document,) = _preview(capsys, tmp_path, file, sizes=sizes)
    assert code == 0
    lowest, fits = document["variants"]
    assert (lowest["lowered_quality"], lowest["exceeds_max_bytes"]) == (20, True)
    assert 20 < fits["lowered_quality"] < 82
    assert not fits["exceeds_max_bytes"]
    page = (tmp_path / "out" / "index.html").read_text()
    assert "<li>quality 20</li><li>more than maxBytes</li>" in page
    options = ["--sizes", str(tmp_path / "sizes.json"), "--out", str(tmp_path / "out")]
    cli.main(["preview", str(file), *options])
    assert "bytes (quality 20, more than maxBytes), 6000" in capsys.readouterr().out


def test_how_variants_are_written_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `auto` chose does not show in dimensions and bytes."""
    file = tmp_path / "noise.png"
    file.write_bytes(images.noise(100))
    webp = {"geometry": "100x", "format": "webp"}
    sizes = [
        {"geometry": "100x", "format": "jpeg", "progressive": True, "name": "scans"},
        {"geometry": "100x", "format": "jpeg", "name": "one"},
        {**webp, "lossless": True, "name": "exact"},
        {**webp, "name": "lossy"},
    ]
    _, (document,) = _preview(
        capsys, tmp_path, file, sizes=json.dumps({"sizes": sizes})
    )
    found = [(v["progressive"], v["lossless"]) for v in document["variants"]]
    assert found == [(True, False), (False, False), (False, True), (False, False)]
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("<span>jpeg</span></p><ul><li>progressive</li></ul>") == 1
    assert page.count("<span>webp</span></p><ul><li>lossless</li></ul>") == 1
    options = ["--sizes", str(tmp_path / "sizes.json"), "--out", str(tmp_path / "out")]
    cli.main(["preview", str(file), *options])
    assert capsys.readouterr().out.count("bytes (progressive), one") == 1


def test_results_before_ctrl_c_are_on_the_contact_sheet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    derive = Sandbox.make_variants

    def interrupted(box: Sandbox, blob: bytes, *more: Any) -> Any:
        if blob == images.png(7, 9):
            raise KeyboardInterrupt
        return derive(box, blob, *more)

    monkeypatch.setattr(Sandbox, "make_variants", interrupted)
    files = [_png(tmp_path / f"{width}.png", width) for width in (6, 7)]
    assert _preview(capsys, tmp_path, *files)[0] == 130
    assert (tmp_path / "out" / "index.html").read_text().count('<th scope="row">') == 1


def test_the_contact_sheet_shows_what_was_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if a file is deleted or emptied after its variants were made."""
    files = [_png(tmp_path / f"{width}.png", width) for width in (6, 7, 8)]
    derive, length = Sandbox.make_variants, len(images.png(8, 9))

    def deleting(box: Sandbox, blob: bytes, *more: Any) -> Any:
        found = derive(box, blob, *more)
        files[0].unlink(missing_ok=True)
        if blob == images.png(7, 9):
            files[1].write_bytes(b"")
        return found

    monkeypatch.setattr(Sandbox, "make_variants", deleting)
    assert _preview(capsys, tmp_path, *files)[0] == 0
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count('<th scope="row">') == 3
    assert page.count(f"<span>{length / 1e3:.1f} kB</span> <span>png</span>") == 3


def test_a_rejected_file_makes_the_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = tmp_path / "letter.jpg"
    letter.write_bytes(b"%PDF-1.7")
    code, documents = _preview(capsys, tmp_path, letter, _png(tmp_path / "a.png"))
    assert code == 1
    assert [one["outcome"] for one in documents] == ["rejected", "written"]


@pytest.mark.parametrize(
    "names",
    [
        ("a.png", "a.png.webp"),
        ("a.png.webp", "a.png"),
        ("a.png", "A.PNG"),
        ("x/a.png", "y/a.png", "a.png", "z/x/a.png"),
        (f"{'n' * 240}1.png", f"{'n' * 240}2.png"),
    ],
    ids=str,
)
def test_no_output_overwrites_another(
    names: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [_png(tmp_path / name, 4 + n) for n, name in enumerate(names)]
    code, documents = _preview(capsys, tmp_path, *files)
    assert code == 0
    paths = _paths(documents)
    assert len({str(path).lower() for path in paths}) == len(names)
    assert all(path.exists() for path in paths)


def test_no_original_is_overwritten(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even one that is at the path of its own variant."""
    file = _png(tmp_path / "out" / "s" / "a.png")
    before = file.read_bytes()
    sizes = '{"sizes": [{"geometry": "4x", "name": "s"}]}'
    code, documents = _preview(capsys, tmp_path, file, sizes=sizes)
    assert code == 0
    assert file.read_bytes() == before
    assert _paths(documents)[0].exists()


@pytest.mark.parametrize(
    "name", [b"bad\xff.png", b"n" * 250 + b".png", "日".encode() * 83 + b".png"]
)
def test_any_file_name_can_be_previewed(
    name: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even if it is not UTF-8, or too long to append an ending."""
    file = _png(tmp_path / os.fsdecode(name))
    code, documents = _preview(capsys, tmp_path, file)
    assert code == 0
    assert documents[0]["file"] == str(file)
    assert _paths(documents)[0].exists()
    page = (tmp_path / "out" / "index.html").read_text()
    assert '<th scope="row">' in page
