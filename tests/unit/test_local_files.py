"""Files and folders on the command line: to preview, upload and estimate."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from resize_on_upload_cdk.configuration.settings import ConfigurationError, read
from resize_on_upload_cli import cli
from resize_on_upload_cli.actions import wait
from resize_on_upload_cli.compare.key_diff import REJECTED, KeyDiff
from resize_on_upload_cli.stack import deployment
from resize_on_upload_cli.uploads import form_post
from tests.support import images
from tests.support.fake_account import Account

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """The keys and files that `upload` sends; every upload is rejected."""
    account, found = Account(), list[tuple[str, str]]()

    def form(_: object, key: str, *__: object) -> dict[str, Any]:
        return {"key": key}

    def send(post: dict[str, Any], file: Path, _stop: object) -> None:
        found.append((post["key"], str(file)))
        account.queues["rejected"] = [
            {"key": key, "code": "empty", "source": "s", "recipes": ""}
            for key, _ in found
        ]

    monkeypatch.setattr(deployment, "find", lambda _: account.deployment)
    monkeypatch.setattr(form_post, "form", form)
    monkeypatch.setattr(form_post, "send", send)
    monkeypatch.setattr(wait, "wait_for_all", lambda _, keys: map(_rejected, keys))
    return found


def _rejected(key: str) -> KeyDiff:
    return KeyDiff(key, REJECTED, "empty", (), 0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images of the same name, one of another, and files that are not images."""
    for name in ("a/x.jpg", "b/x.jpg", "b/deep é/My Photo.PNG"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(images.png(9, 9))
    for name in ("b/notes.txt", "b/.hidden.jpg", ".git.jpg"):
        (tmp_path / name).write_bytes(b"not an image")
    return tmp_path


def test_two_files_with_the_same_key_are_refused_before_anything_is_sent(
    folder: Path, sent: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The error names both, and what to do."""
    one, other = str(folder / "a/x.jpg"), str(folder / "b/x.jpg")
    assert cli.main(["upload", str(folder / "b/deep é/My Photo.PNG"), one, other]) == 2
    printed = capsys.readouterr().err
    assert one in printed
    assert other in printed
    assert "--prefix" in printed
    assert sent == []


def test_one_file_named_twice_is_sent_once(
    folder: Path, sent: list[tuple[str, str]]
) -> None:
    file = str(folder / "a/x.jpg")
    cli.main(["upload", file, file, str(folder / "a"), "--prefix", "p/"])
    assert [key for key, _ in sent] == ["p/x.jpg"]


def test_a_folder_s_keys_keep_the_path_below_it(
    folder: Path, sent: list[tuple[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    cli.main(["upload", str(folder), "--prefix", "in/"])
    assert sorted(key for key, _ in sent) == [
        "in/a/x.jpg",
        "in/b/deep é/My Photo.PNG",
        "in/b/x.jpg",
    ]
    assert f"{folder}: 1 file skipped, not named like an image" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("command", ["upload", "preview", "estimate"])
def test_a_folder_without_images_is_reported(
    tmp_path: Path,
    sent: list[tuple[str, str]],
    command: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main([command, str(tmp_path)]) == 2
    assert f"{tmp_path}: there is no image in this folder" in capsys.readouterr().err
    assert sent == []


@pytest.mark.parametrize("name", [b"bad\xff.jpg", b"n" * 250 + b".jpg"])
def test_a_name_that_cannot_be_a_key_is_reported(
    tmp_path: Path,
    sent: list[tuple[str, str]],
    name: bytes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Not UTF-8, or longer than S3 allows with its prefix."""
    (tmp_path / os.fsdecode(name)).write_bytes(images.png(9, 9))
    prefix = "p" * 900 + "/"
    found = cli.main(["upload", str(tmp_path / os.fsdecode(name)), "--prefix", prefix])
    assert found == 2
    printed = capsys.readouterr().err
    assert ("is not UTF-8" in printed) or ("has 1155 bytes" in printed)
    assert "rename" in printed
    assert sent == []


def test_preview_takes_a_folder(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Paths are kept; its output is not an input of the next run."""
    monkeypatch.chdir(folder)
    sizes = folder / "sizes.json"
    sizes.write_text('{"sizes": ["4x"]}')
    for _ in range(2):
        assert cli.main(["preview", ".", "--sizes", str(sizes), "--json"]) == 0
        lines = capsys.readouterr().out.splitlines()
        paths = [json.loads(line)["variants"][0]["path"] for line in lines]
        assert paths == [
            "preview/4x/a/x.jpg.png",
            "preview/4x/b/deep é/My Photo.PNG",
            "preview/4x/b/x.jpg.png",
        ]


@pytest.fixture(params=["a pipe", "a device", "one without end"])
def special(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A path that is neither a file nor a folder."""
    if request.param == "a pipe":
        os.mkfifo(tmp_path / "pipe")
        return str(tmp_path / "pipe")
    return "/dev/null" if request.param == "a device" else "/dev/zero"


@pytest.mark.parametrize(
    "command",
    ["preview", "estimate", "upload", "check --sizes", "preview README.md --sizes"],
)
def test_only_regular_files_are_read(
    command: str,
    special: str,
    sent: list[tuple[str, str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A pipe blocks, and a device may have no end."""
    assert cli.main([*command.split(), special]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err == (
        f"{special}: is not a regular file but a pipe or a device; save its content in "
        "a file and name that\n"
    )
    assert sent == []


def test_synth_refuses_a_pipe_too(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "sizes.json")
    with pytest.raises(ConfigurationError, match="is not a regular file"):
        read({}, tmp_path / "sizes.json")


def test_a_link_to_a_file_is_a_file(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "link.jpg").symlink_to(folder / "a/x.jpg")
    out = str(folder / "out")
    assert cli.main(["preview", str(folder / "link.jpg"), "-o", out]) == 0
    assert "link.jpg: png 9x9" in capsys.readouterr().out
