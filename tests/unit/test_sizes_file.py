"""`cdk synth` and the commands read sizes.json in the same way."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from resize_on_upload.reconcile.recipe import recipe
from resize_on_upload.sizes.parser import parse
from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from resize_on_upload_cli import cli, sizes_file

ROOT = Path(__file__).parents[2]
TEXT = '{"sizes": ["150x"]}'
LONG = json.dumps(
    {"sizes": [{"geometry": f"{n}x", "name": f"{'n' * 60}{n}"} for n in range(1, 51)]}
)
BROKEN = {
    "UTF-16": (TEXT.encode("utf-16"), "is not UTF-8 but looks like UTF-16"),
    "too long": (LONG.encode(), "takes 4"),
    "no JSON": (b"{", ":1:1: this { has no closing }"),
    "a mistake": (b'{"sizes": ["0x"]}', ":1:12: sizes[0].geometry: '0x'"),
    "a mistake below a comment": (
        b'// all\n{\n  "sizes": [\n    "0x", // none\n  ],\n}',
        "    |     ^^^^",
    ),
    "several": (
        b'{"sizes": [1x "2x"], "enlarge": 1}',
        ":1:33: enlarge: 1 is not valid",
    ),
    "half a character": (
        rb'{"sizes": ["1x"], "include": ["\ud800*"]}',
        r'include[0]: "\ud800*" has half a character',
    ),
    "half a character in a key": (
        rb'{"sizes": ["1x"], "\ud800": 1}',
        ": is not a key here",
    ),
    "half a character in a name": (
        rb'{"sizes": [{"geometry": "1x", "name": "\ud800"}]}',
        r"sizes[0].name: '\ud800' cannot be a prefix",
    ),
    "half a character in a geometry": (
        rb'{"sizes": ["1x\ud800"]}',
        r"sizes[0].geometry: '1x\ud800' is not a valid geometry",
    ),
    "null bytes": (b"\0" * 9, "looks like UTF-16"),
    "empty": (b"", ":1:1: there is nothing in the file."),
}


@pytest.fixture(params=BROKEN)
def broken(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, str]:
    """A file, and the mistake to report."""
    content, expected = BROKEN[request.param]
    file = tmp_path / "sizes.json"
    file.write_bytes(content)
    return file, expected


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["check"], 1),
        (["check", "a.jpg"], 1),
        (["doctor"], 1),
        (["preview", str(ROOT / "docs" / "pictures")], 2),
        (["estimate", str(ROOT / "docs" / "pictures")], 2),
        (["plan", "--region", "eu-central-1"], 2),
        (["upload", "README.md", "--region", "eu-central-1"], 2),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, list) else "",
)
def test_every_command_reports_the_same_mistake_as_synth(
    broken: tuple[Path, str],
    command: list[str],
    code: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """1 if the command checks the file, 2 if it uses it; both name the file."""
    file, expected = broken
    with pytest.raises(ConfigurationError) as refused:
        read({}, file)
    assert expected in str(refused.value)
    assert cli.main([*command, "--sizes", str(file)]) == code
    printed = "".join(capsys.readouterr())
    assert expected in printed
    assert str(file) in printed


@pytest.mark.parametrize("command", ["check", "preview README.md", "plan"])
def test_a_missing_file_is_reported_with_the_option_that_names_it(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As in other folders than the repository's root."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert cli.main(command.split()) == 2
    printed = capsys.readouterr().err
    assert "config/sizes.json: No such file or directory" in printed
    assert "--sizes FILE" in printed


def test_a_folder_cannot_be_a_sizes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--sizes", str(tmp_path)]) == 2
    assert f"{tmp_path}: Is a directory" in capsys.readouterr().err


COMMENTED = b"""\xef\xbb\xbf// What the shop needs.
{
  "$schema": "./sizes.schema.json",
  "sizes": [
    "150x", // in lists
    {"geometry": "600x", "format": "webp", "quality": 80}, /* on its own page */
  ],
}
"""
PLAIN = b'{"sizes":["150x",{"geometry":"600x","format":"webp","quality":80}]}'


def test_comments_cost_nothing_and_change_no_recipe(tmp_path: Path) -> None:
    """The function gets the same text, byte for byte, as from plain JSON."""
    found = []
    for name, content in (("commented", COMMENTED), ("plain", PLAIN)):
        file = tmp_path / name
        file.write_bytes(content)
        found.append(sizes_file.read(file, name))
    commented, plain = found
    assert commented.compact == plain.compact == PLAIN.decode()
    recipes = [[recipe(size) for size in file.sizes] for file in found]
    assert recipes[0] == recipes[1] == [recipe(one) for one in parse(PLAIN.decode())]


def test_a_mistake_is_shown_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sizes.json"
    file.write_text(
        '{\n  "sizes": [\n    "150x",\n    {"geometry": "9x", "name": "/"}\n  ]\n}'
    )
    assert cli.main(["check", "--sizes", str(file)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        (
            f"{file}:4:32: sizes[1].name: '/' cannot be a prefix: 1 to 64 letters, "
            "digits, '.', '_' or '-', starting with a letter or digit. Example: "
            '{"geometry": "9x", "name": "thumbnail"}'
        ),
        '  4 |     {"geometry": "9x", "name": "/"}',
        "    |                                ^^^",
    ]


@pytest.mark.parametrize(
    ("content", "marked"),
    [
        ('{"sizes": ["1x"], "quality": 80%}', ["80%"]),
        ('{"sizes": ["1x"], "crop": NaN, "hdr": 1}', ["NaN", "1"]),
        ('{"sizes": ["1x"], "qualty": 80}', ['"qualty"']),
        ('{"sizes": [{"geometry": "9x", "crop": true}]}', ["true"]),
        ('{"sizes": [{"geometry": "9x>"}]}', ['{"geometry": "9x>"}']),
        ('{"sizes": ["1x"], "include": ["a", "/b"]}', ['"/b"']),
        (
            '{"sizes": ["1x"], "watermark": {"fil": "a.png"}}',
            ['{"fil": "a.png"}', '"fil"'],
        ),
    ],
)
def test_the_carets_are_under_what_is_wrong(
    content: str, marked: list[str], tmp_path: Path
) -> None:
    """A value that is not JSON is one mistake; an unknown key is marked itself."""
    file = tmp_path / "sizes.json"
    file.write_text(content)
    with pytest.raises(sizes_file.SizesFileError) as caught:
        sizes_file.load(file)
    found = []
    for mistake in caught.value.mistakes:
        _, shown, carets = mistake.splitlines()
        found.append(shown[carets.index("^") :][: carets.count("^")])
    assert found == marked


HUGE = {
    "many unknown keys": {"sizes": ["1x"]} | {f"qual{n}": 1 for n in range(12_000)},
    "many unknown keys in each size": {
        "sizes": [{"geometry": "1x"} | {f"k{n}": 1 for n in range(200)}] * 50
    },
    "many sizes": {"sizes": ["1X"] * 20_000},
    "a long value": {"sizes": ["1x"], "format": ["webp"] * 20_000},
    "a long text": {"sizes": ["1x" * 100_000], "quality": "8" * 50_000},
    "a long key": {"sizes": ["1x"], "q" * 200_000: 1},
    "long patterns": {"sizes": ["1x"], "include": ["/" * 10_000] * 20},
    "a deep value": {"sizes": ["1x"], "crop": json.loads("[" * 49 + "]" * 49)},
}


@pytest.mark.parametrize("name", HUGE)
def test_a_huge_file_is_answered_briefly_and_soon(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sizes.json"
    file.write_text(json.dumps(HUGE[name]))
    start = time.process_time()
    assert cli.main(["check", "--sizes", str(file)]) == 1
    assert time.process_time() - start < 10
    printed = capsys.readouterr().err
    assert f"{file}:1:" in printed
    assert len(printed) < 200_000
