"""Warnings of a valid sizes.json: what was probably not meant."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload.sizes.parser import parse
from resize_on_upload_cli import cli
from resize_on_upload_cli.sizes_check import warnings

if TYPE_CHECKING:
    from pathlib import Path

WARNED: list[tuple[dict[str, Any], str, str]] = [
    ({"include": ["avatars/"]}, "include[0]", 'not what is in it. Write "avatars/*".'),
    ({"include": ["**"]}, "include[0]", 'one "*", which matches "/", too. Write "*".'),
    ({"exclude": ["a", "b/**/*.jpg"]}, "exclude[1]", 'Write "b/*.jpg".'),
    ({"exclude": ["b/**/c"]}, "exclude[0]", 'Write "b/*c".'),
    ({"include": ["s3://bucket/a/*"]}, "include[0]", 'have no bucket. Write "a/*".'),
    ({"include": ["./a/*"]}, "include[0]", 'Write "a/*".'),
    ({"include": ["*.{jpg,png}"]}, "include[0]", "one pattern for each choice."),
    ({"include": ["a\\*"]}, "include[0]", "keys have slashes."),
    ({"format": "png", "quality": 80}, "quality", "has no effect: PNG, GIF and"),
    ({"format": "gif", "maxBytes": 1_000}, "maxBytes", "has no effect: PNG, GIF and"),
    (
        {"format": "webp", "lossless": True, "quality": 80},
        "quality",
        "has no effect: PNG, GIF and lossless WebP have no quality. Remove it.",
    ),
]

QUIET: list[dict[str, Any]] = [
    {"sizes": ["1x"], "include": ["a/*", "*.jpg", "?a/*"], "exclude": ["private/*"]},
    {"sizes": ["1x"], "quality": 80},
    {"sizes": ["1x", {"geometry": "2x", "format": "png"}], "quality": 80},
    {"sizes": [{"geometry": "2x", "formats": ["webp", "png"], "quality": 80}]},
    {"sizes": [{"geometry": "2x", "lossless": "auto", "quality": 80}]},
    {"sizes": [{"geometry": "2x", "format": "webp", "quality": 8}], "format": "png"},
]


@pytest.mark.parametrize(("options", "place", "rule"), WARNED, ids=json.dumps)
def test_what_was_probably_not_meant_is_a_warning(
    options: dict[str, Any], place: str, rule: str
) -> None:
    """The same for one size and for all; the file can be deployed."""
    for document, prefix in (
        ({"sizes": ["1x"], **options}, ""),
        ({"sizes": ["1x", {"geometry": "2x", **options}]}, "sizes[1]."),
    ):
        parse(json.dumps(document))
        (warning,) = warnings.find(document)
        assert warning.place == prefix + place
        assert rule in str(warning)


@pytest.mark.parametrize("document", QUIET, ids=json.dumps)
def test_what_has_an_effect_is_no_warning(document: dict[str, Any]) -> None:
    parse(json.dumps(document))
    assert warnings.find(document) == []


def test_check_prints_warnings_with_their_line_and_succeeds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "sizes.json"
    file.write_text(
        '{"sizes": [\n  {"geometry": "9x", "make": "request", "include": ["a/"]}\n]}'
    )
    assert cli.main(["check", "--sizes", str(file)]) == 0
    assert capsys.readouterr().err.splitlines() == [
        (
            f'{file}:2:53: warning: sizes[0].include[0]: "a/" matches only a folder '
            'itself, not what is in it. Write "a/*".'
        ),
        '  2 |   {"geometry": "9x", "make": "request", "include": ["a/"]}',
        "    |                                                     ^^^^",
        "Made on request, which needs -c delivery=true: 9x",
    ]


def test_check_notes_when_little_room_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The other settings may take some of it, which only cdk synth knows."""
    file = tmp_path / "sizes.json"
    sizes = [{"geometry": f"{n}x", "name": "n" * 62 + str(n)} for n in range(10, 45)]
    file.write_text(json.dumps({"sizes": sizes}))
    assert cli.main(["check", "--sizes", str(file)]) == 0
    assert "of 3663 bytes are used; settings may take" in capsys.readouterr().err
