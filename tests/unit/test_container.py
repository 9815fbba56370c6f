"""`make demo` and `make local` with ENGINE: what the engine is asked for."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from local.upload_page.server import PORT

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "local" / "container" / "Dockerfile").read_text()
FAKE = """#!/bin/sh
case $1 in
  info) exit 0 ;;
  build) printf '%s\\n' "$@" >"$0.build" ;;
  run) shift; printf '%s\\n' "$@" >"$0.run" ;;
esac
"""


def _make(
    folder: Path, *arguments: str, target: str = "demo"
) -> subprocess.CompletedProcess[str]:
    native = (
        "-o",
        "installed",
        f"BIN={folder}",
    )  # what must not be run changes nothing
    return subprocess.run(
        ["make", "-s", *native, target, *arguments],
        check=False,
        cwd=ROOT,
        capture_output=True,
        text=True,
        env={"PATH": f"{folder}:/usr/bin:/bin", "HOME": str(folder)},
    )


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    """A fake engine, on the path as docker and as podman."""
    for name in ("docker", "podman"):
        (tmp_path / name).write_text(FAKE)
        (tmp_path / name).chmod(0o755)
    return tmp_path


def _asked(
    engine: Path, *arguments: str, name: str = "docker", target: str = "demo"
) -> list[str]:
    done = _make(engine, f"ENGINE={name}", *arguments, target=target)
    assert done.returncode == 0, done.stderr
    return (engine / f"{name}.run").read_text().splitlines()


def test_the_demo_is_run_and_its_files_stay(engine: Path) -> None:
    asked = _asked(engine)
    built = (engine / "docker.build").read_text().splitlines()
    tag = built[built.index("--tag") + 1]
    assert asked[-2:] == [tag, "demo"]
    assert f"ROOT={ROOT}" in built
    assert "--rm" in asked
    assert f"{ROOT}/demo:{ROOT}/demo" in asked
    assert f"{ROOT}/config:{ROOT}/config:ro" in asked
    assert "--publish" not in asked


def test_the_page_is_published_on_this_machine_only(engine: Path) -> None:
    asked = _asked(engine, target="local")
    assert asked[-1] == "local"
    published = [asked[at + 1] for at, text in enumerate(asked) if text == "--publish"]
    assert published == [f"127.0.0.1:{PORT}:{PORT}"]
    assert f"{ROOT}/config:{ROOT}/config:ro" in asked
    assert not any(text.startswith(f"{ROOT}/demo:") for text in asked)


def test_podman_is_asked_for_the_same(engine: Path) -> None:
    assert _asked(engine, name="podman") == _asked(engine)


@pytest.mark.parametrize(
    ("photos", "seen"),
    [
        ("{0}/My Photo.jpg", ["My Photo.jpg"]),
        ("'{0}/My Photo.jpg' {0}/b.png", ["My Photo.jpg", "b.png"]),
        ("{0}/it's.jpg", ["it's.jpg"]),
        ("{0}/*.png", ["b.png", "c.png"]),
        ("{0}/my folder", ["my folder"]),
        ("~/b.png", ["b.png"]),
        ("~/My Photo.jpg", ["My Photo.jpg"]),
        ("README.md", ["README.md"]),
        ("{0}/b.png {0}/other/b.png", ["b.png", "b.png"]),
    ],
)
def test_photos_are_shown_to_the_container(
    engine: Path, photos: str, seen: list[str]
) -> None:
    """Read-only, each under a number: two may have the same name."""
    (engine / "my folder").mkdir()
    (engine / "other").mkdir()
    for name in ("My Photo.jpg", "b.png", "c.png", "it's.jpg", "other/b.png"):
        (engine / name).touch()
    asked = _asked(engine, f"PHOTOS={photos.format(engine)}")
    inside = [f"/photos/{number}/{name}" for number, name in enumerate(seen)]
    assert asked[-len(seen) - 1 :] == ["demo", *inside]
    for path in inside:
        (mounted,) = (text for text in asked if text.endswith(f":{path}:ro"))
        assert Path(mounted.removesuffix(f":{path}:ro")).exists()


@pytest.mark.parametrize(
    ("photos", "says"),
    [
        ("nothing.jpg", "no such file: nothing.jpg"),
        ("'open.jpg", "no such file: 'open.jpg"),
        ("{0}/a:b.jpg", "a path with a colon"),
    ],
)
def test_photos_that_cannot_be_shown_are_refused(
    engine: Path, photos: str, says: str
) -> None:
    (engine / "a:b.jpg").touch()
    done = _make(engine, "ENGINE=docker", f"PHOTOS={photos.format(engine)}")
    assert done.returncode != 0
    assert says in done.stderr
    assert not (engine / "docker.run").exists()


def test_an_engine_that_does_not_answer_says_why(engine: Path) -> None:
    (engine / "docker").write_text("#!/bin/sh\necho 'no daemon' >&2\nexit 1\n")
    done = _make(engine, "ENGINE=docker")
    assert "docker does not answer: no daemon" in done.stderr


def test_a_missing_engine_is_named(engine: Path) -> None:
    assert "There is no whale here" in _make(engine, "ENGINE=whale").stderr


def test_macos_uses_the_engine_it_has(engine: Path) -> None:
    (engine / "uname").write_text("#!/bin/sh\necho Darwin\n")
    (engine / "uname").chmod(0o755)
    (engine / "docker").unlink()
    (engine / "docker").symlink_to(engine / "nowhere")
    assert _make(engine).returncode == 0
    assert (engine / "podman.run").exists()


def test_the_image_is_based_on_the_function_s() -> None:
    """So it has the same ImageMagick."""
    function = (ROOT / "lambda" / "resize_on_upload" / "Dockerfile").read_text()
    base = re.compile(r"^ARG BASE_IMAGE=.*$", re.MULTILINE)
    assert base.findall(DOCKERFILE) == base.findall(function)


def test_what_the_image_starts_exists() -> None:
    (command,) = re.findall(r"^ENTRYPOINT (.*)$", DOCKERFILE, re.MULTILINE)
    (program,) = json.loads(command)
    assert os.access(ROOT / program, os.X_OK)


def test_the_dev_container_is_built_from_it() -> None:
    folder = ROOT / ".devcontainer"
    described = json.loads((folder / "devcontainer.json").read_text())
    build = described["build"]
    assert (folder / build["dockerfile"]).resolve() == (
        ROOT / "local" / "container" / "Dockerfile"
    )
    assert (folder / build["context"]).resolve() == ROOT
    assert f" AS {build['target']}\n" in DOCKERFILE
    assert f" {described['remoteUser']}\n" in DOCKERFILE
