"""Where the function's code runs: this machine's Python, or the container image."""

from __future__ import annotations

import json
import shutil
from ctypes.util import find_library
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAMBDA_USER = "993:990"  # the user AWS runs container images as


@dataclass(frozen=True, slots=True)
class Runtime:
    """How to start Lambda's runtime client.

    Attributes:
        command: The program and its arguments, without the handler.
        environment: Its fixed variables, as ENV in a Dockerfile.
        root: The folder that it sees as `/`.
    """

    command: tuple[str, ...]
    environment: dict[str, str]
    root: Path = Path("/")

    def inside(self, file: Path) -> str:
        """The path at which the function sees a file of this machine.

        Stacks side by side share the root, so each folder has its own in there. A file
        that is there is not written again: another environment may be reading it.
        """
        if self.root == Path("/"):
            return str(file)
        name = sha256(str(file.parent).encode()).hexdigest()[:16]
        folder = self.root / "tmp" / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
        copy = folder / file.name
        if not copy.exists():
            shutil.copyfile(file, copy)
            copy.chmod(0o644)
        return f"/tmp/{name}/{file.name}"  # noqa: S108 - in the runtime's root


def on_this_machine(python: Path) -> Runtime:
    """The function's package and pinned requirements, this machine's ImageMagick."""
    return Runtime(
        command=(str(python), "-m", "awslambdaric"),
        environment={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT / "lambda"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "WAND_MAGICK_LIBRARY_SUFFIX": _suffix(),
        },
    )


def in_image(root: Path, description: Path) -> Runtime:
    """The built container image: its files and variables, Lambda's user. Needs root."""
    settings = json.loads(description.read_text())["OCIv1"]["config"]
    variables = dict(entry.split("=", 1) for entry in settings["Env"])
    return Runtime(
        command=(
            "chroot",
            f"--userspec={LAMBDA_USER}",
            str(root),
            *settings["Entrypoint"],
        ),
        environment={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **variables},
        root=root,
    )


def _suffix() -> str:
    """The end of the name of this machine's ImageMagick, so that Wand need not search.

    Debian's names come first; Fedora and Arch, for example, have the others.
    """
    suffixes = ("-7.Q16", "-6.Q16", "-7.Q16HDRI", "-6.Q16HDRI")
    found = (end for end in suffixes if find_library(f"MagickWand{end}"))
    return next(found, suffixes[0])
