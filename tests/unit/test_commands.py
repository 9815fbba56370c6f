"""preview, check, doctor and estimate, as people and scripts run them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli.commands.local import doctor
from resize_on_upload_cli.errors import DeploymentError
from resize_on_upload_cli.estimates import memory
from resize_on_upload_cli.stack import cloudwatch
from tests.support import commands_schema, images
from tests.support.shared_files import CORPUS, needs_corpus

ROOT = Path(__file__).parents[2]


def _run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [Path(sys.executable).with_name("resize-on-upload"), *map(str, arguments)],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def _documents(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [commands_schema.check(line) for line in done.stdout.splitlines()]


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """A photo, a letter named like an image, and another photo of the same name."""
    (tmp_path / "other").mkdir()
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(images.encoded("jpeg", 300, 200))
    letter = tmp_path / "letter.jpg"
    letter.write_bytes(b"%PDF-1.7")
    same = tmp_path / "other" / "photo.jpg"
    same.write_bytes(images.png(60, 90))
    return [photo, letter, same]


def test_preview_prints_each_file_as_json(files: list[Path], tmp_path: Path) -> None:
    """With the documented keys; the files exist, in the engine's dimensions."""
    out = tmp_path / "out"
    done = _run("preview", *files, "--out", out, "--json")
    assert done.returncode == 1, done.stderr
    photo, letter, same = _documents(done)
    assert photo["file"] == str(files[0])
    assert (photo["outcome"], photo["code"], photo["detail"]) == ("written", None, None)
    assert photo["source"] == {
        "format": "jpeg",
        "width": 300,
        "height": 200,
        "frames": 1,
    }
    assert [(v["prefix"], v["width"], v["height"]) for v in photo["variants"]] == [
        ("150x", 150, 100),
        ("50x50", 50, 33),
        ("x150", 225, 150),
    ]
    for variant in photo["variants"] + same["variants"]:
        assert Path(variant["path"]).stat().st_size == variant["bytes"]
    assert (letter["outcome"], letter["code"]) == ("rejected", "unsupported-format")
    assert "PDF" in letter["detail"]
    assert letter["variants"] == []
    assert same["variants"][0]["path"].endswith("other-photo.jpg.png")
    assert photo["ms"] > 0


def test_the_contact_sheet_needs_no_other_file(
    files: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert _run("preview", *files, "--out", out).returncode == 1
    page = (out / "index.html").read_text()
    sources = re.findall(r'src="([^"]{0,20})', page)
    assert len(sources) == 8
    assert all(source.startswith("data:image/") for source in sources)
    assert "<code>unsupported-format</code><p>the content is PDF" in page
    assert "300&times;200" in page


def test_the_contact_sheet_escapes_names(tmp_path: Path) -> None:
    photo = tmp_path / "<b>&amp;.png"
    photo.write_bytes(images.png(9, 9))
    assert _run("preview", photo, "--out", tmp_path / "out").returncode == 0
    page = (tmp_path / "out" / "index.html").read_text()
    assert "&lt;b&gt;&amp;amp;.png" in page
    assert "<b>&" not in page


def test_preview_makes_other_sizes(files: list[Path], tmp_path: Path) -> None:
    sizes = tmp_path / "sizes.json"
    sizes.write_text('{"sizes": [{"geometry": "20x", "name": "s", "format": "webp"}]}')
    out = tmp_path / "out"
    done = _run("preview", files[0], "--sizes", sizes, "--out", out, "--json")
    (variant,) = _documents(done)[0]["variants"]
    assert (variant["prefix"], variant["format"]) == ("s", "webp")
    assert variant["path"].endswith("s/photo.jpg.webp")


@pytest.mark.parametrize(
    ("arguments", "code", "expected"),
    [
        ((), 2, "usage:"),
        (("preview",), 2, "FILE"),
        (("preview", "nowhere.jpg"), 2, "nowhere.jpg: No such file"),
        (
            ("preview", "README.md", "--sizes", "cdk.json"),
            2,
            "cdk.json:15:3: context: is",
        ),
        (("check", "--sizes", "cdk.json"), 1, "context: is not a key here"),
        (("check", "--sizes", "nowhere.json"), 2, "nowhere.json: No such file"),
        (("doctor", "--nonsense"), 2, "usage:"),
    ],
    ids=str,
)
def test_usage_errors_are_reported(
    arguments: tuple[str, ...], code: int, expected: str
) -> None:
    """2 for usage errors, 1 for findings; a sentence, no traceback."""
    done = _run(*arguments)
    assert done.returncode == code
    assert expected in done.stderr
    assert "Traceback" not in done.stderr


def test_check_shows_what_each_size_makes() -> None:
    done = _run("check", "--json")
    assert done.returncode == 0
    first = _documents(done)[0]
    assert first["prefix"] == "150x"
    assert first["makes"]["4032x3024"] == {"width": 150, "height": 113}


def test_doctor_succeeds_here() -> None:
    done = _run("doctor", "--json")
    assert done.returncode == 0, done.stdout
    found = {document["check"]: document["ok"] for document in _documents(done)}
    assert all(found.values())
    assert {"reads heic", "writes avif", "refuses SVG"} <= found.keys()
    assert "decodes behind walls" in found
    assert {document["jxl"] for document in _documents(done)} == {"reads jxl" in found}


def test_doctor_advises_what_to_do(tmp_path: Path) -> None:
    """A failed check has advice, and the exit code is 1."""
    bad = tmp_path / "sizes.json"
    bad.write_text('{"sizes": ["0x"]}')
    done = _run("doctor", "--sizes", bad)
    assert done.returncode == 1
    assert "❌ sizes in" in done.stdout
    assert "Correct the file" in done.stdout


@pytest.mark.parametrize("delivery", ["true", "false", None, "no cdk.json"])
def test_doctor_advises_to_turn_on_delivery(
    delivery: str | None, tmp_path: Path
) -> None:
    """If a size is made on request; without a cdk.json it is unknown."""
    sizes = parse('{"sizes": ["150x", {"geometry": "600x", "make": "request"}]}')
    file = tmp_path / "cdk.json"
    if delivery != "no cdk.json":
        context = {"delivery": delivery} if delivery else {}
        file.write_text(json.dumps({"context": context}))
    checks = doctor._checks_of_delivery(sizes, file)
    expected = {"true": [None], "no cdk.json": []}
    off = "is off, but these are made on request: 600x"
    assert [check.problem for check in checks] == expected.get(str(delivery), [off])
    assert doctor._checks_of_delivery(sizes[:1], file) == []
    assert all("-c delivery=true" in check.advice for check in checks)


def test_what_is_made_on_request_is_marked(files: list[Path], tmp_path: Path) -> None:
    """By check and preview; preview makes it all the same."""
    sizes = tmp_path / "sizes.json"
    on_request = {"geometry": "20x", "make": "request"}
    sizes.write_text(json.dumps({"sizes": ["30x", on_request]}))
    shown = _run("check", "--sizes", sizes).stdout
    assert re.findall(r"at upload|on request", shown) == ["at upload", "on request"]
    key = _run("check", "a.jpg", "--sizes", sizes)
    assert key.stdout == "a.jpg: 30x, 20x (on request)\n"
    out = tmp_path / "out"
    preview = ("preview", files[0], "--sizes", sizes, "--out", out)
    (document,) = _documents(_run(*preview, "--json"))
    assert [one["make"] for one in document["variants"]] == ["upload", "request"]
    assert (out / "index.html").read_text().count("made on request") == 1
    assert "20x 20x13 " in _run(*preview).stdout


@needs_corpus
def test_hostile_files_each_have_an_outcome(tmp_path: Path) -> None:
    """Each file is resized, or rejected with a code; the engine never fails."""
    hostile = sorted((CORPUS / "generated__shared").iterdir())
    done = _run("preview", *hostile, "--json", "--out", tmp_path)
    documents = _documents(done)
    assert len(documents) == len(hostile)
    rejected = any(one["outcome"] == "rejected" for one in documents)
    assert done.returncode == int(rejected), done.stderr
    for document in documents:
        if document["outcome"] == "rejected":
            assert document["code"]
            assert document["detail"]
        else:
            assert len(document["variants"]) == 3


def test_estimate_measures_files_and_adds_up_costs(files: list[Path]) -> None:
    """One row per memory setting; rejected files are reported and left out."""
    done = _run("estimate", *files, "--uploads", "1000", "--json")
    assert done.returncode == 1
    assert "unsupported-format" in done.stderr
    rows = _documents(done)
    assert [row["memory"] for row in rows] == list(memory.SIZES)
    for row in rows:
        assert row["uploads"] == 1_000
        assert row["total"] == pytest.approx(row["compute"] + row["requests"], abs=0.02)
        # Three PUTs, a GET and a HEAD, and the invocation.
        assert row["requests"] == pytest.approx(1_000 * 16.0e-6, abs=0.01)
    assert rows[0]["seconds"] > rows[2]["seconds"]
    assert "storage/month" in _run("estimate", files[0]).stdout


def test_an_estimate_without_a_usable_file_fails(tmp_path: Path) -> None:
    letter = tmp_path / "letter.jpg"
    letter.write_bytes(b"%PDF-1.7")
    assert _run("estimate", letter).returncode == 1


def test_an_estimate_without_uploads_advises_what_to_do() -> None:
    """Zero would be a wrong estimate."""
    nothing = SimpleNamespace(get_metric_statistics=lambda **_: {"Datapoints": []})
    deployment = SimpleNamespace(
        client=lambda _: nothing,
        outputs={"FunctionName": "f"},
        function={"MemorySize": 1_769},
    )
    with pytest.raises(DeploymentError, match="no upload in the last 7 h: name files"):
        cloudwatch.recent_uploads(cast("Any", deployment), 7)


def test_check_shows_which_sizes_a_key_gets(tmp_path: Path) -> None:
    file = tmp_path / "sizes.json"
    square = {"geometry": "64x64", "include": ["avatars/*"]}
    file.write_text(json.dumps({"sizes": ["150x", square], "exclude": ["*.pdf"]}))
    keys = ("avatars/me é.jpg", "lake.jpg", "avatars/a.pdf")
    done = _run("check", *keys, "--sizes", file)
    assert done.stdout.splitlines() == [
        "avatars/me é.jpg: 150x, 64x64",
        "lake.jpg: 150x",
        "avatars/a.pdf: no size",
    ]
    (document,) = _documents(_run("check", keys[1], "--sizes", file, "--json"))
    assert (document["key"], document["sizes"]) == ("lake.jpg", ["150x"])
