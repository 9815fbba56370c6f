"""The ready-made files of docs/examples, as they are copied to config/sizes.json."""

from __future__ import annotations

from pathlib import Path

import pytest

from resize_on_upload.sizes.size import sizes_for_key
from resize_on_upload_cli import cli, sizes_file
from resize_on_upload_cli.jsonc.reader import read
from tests.support.sizes_schema import VALIDATOR

DOCS = Path(__file__).parents[2] / "docs"
FILES = sorted((DOCS / "examples").glob("*.json"))
COMMENTED = ["app.json", "blog.json", "shop.json"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_an_example_has_neither_mistakes_nor_warnings(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["check", "--sizes", str(file)]) == 0
    assert "warning" not in capsys.readouterr().err
    VALIDATOR.validate(read(file.read_text()).value)


@pytest.mark.parametrize("name", COMMENTED)
def test_a_ready_made_file_explains_itself_and_is_linked(name: str) -> None:
    text = (DOCS / "examples" / name).read_text()
    assert text.count("//") >= 4
    assert f"(examples/{name})" in (DOCS / "configuration.md").read_text()


def test_the_app_makes_sizes_by_the_folder_of_the_upload() -> None:
    sizes = sizes_file.load(DOCS / "examples" / "app.json")
    for key, expected in (
        ("avatars/7.jpg", ["avatar", "profile"]),
        ("chats/3/a.heic", ["preview", "photo"]),
        ("export.zip", []),
    ):
        assert [size.name for size in sizes_for_key(sizes, key)] == expected
