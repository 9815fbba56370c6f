"""Where the benchmarks run this project: in the container image, as it is deployed.

Programs of bench/peers are started there with the image's Python, ImageMagick and
variables, as Lambda's user. On a machine that cannot build the container image, they
use its own ImageMagick, and what is printed names it.
"""

from __future__ import annotations

import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bench import documents, folders
from bench.folders import BENCH
from local import container_image
from local.emulator.runtime import on_this_machine
from local.stack import FUNCTION_PYTHON
from resize_on_upload_cli import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.emulator.runtime import Runtime

_VERSION = "from wand.version import MAGICK_VERSION as v; print(*v.split()[:2])"


@dataclass(frozen=True, slots=True)
class Place:
    """The container image, or this machine.

    Attributes:
        runtime: Where the function's code runs.
        scratch: A folder of this machine that the code there sees, too.
        magick: The name and version of its ImageMagick.
        is_deployed: Whether it is the container image.
    """

    runtime: Runtime
    scratch: Path
    magick: str
    is_deployed: bool

    @property
    def description(self) -> str:
        """A sentence for what is printed and published."""
        if self.is_deployed:
            return f"This project ran in its container image, with {self.magick}."
        return (
            f"Not the deployed engine: {container_image.NEEDS}. "
            f"This project ran with this machine's {self.magick}."
        )

    def inside(self, file: Path) -> str:
        """The path at which programs there see a file in `scratch`."""
        return f"/{file.relative_to(self.runtime.root)}"

    def program(self, module: str) -> tuple[str, ...]:
        """The command that runs a module of bench/peers there."""
        return (*self.runtime.command[:-1], f"bench.peers.{module}")

    def environment(self) -> dict[str, str]:
        """The variables of that command."""
        known = self.runtime.environment
        path = f"{known['PYTHONPATH']}:{self.inside(self.scratch)}"
        return known | {"PYTHONPATH": path}

    def publish(self, page: str, sections: Mapping[str, str]) -> None:
        """Write sections of a page of docs/, if this is the deployed engine."""
        if not self.is_deployed:
            print("No document is changed: this is not the deployed engine.")
            return
        for name, text in sections.items():
            documents.write(folders.DOCS / page, name, text)

    def folder(self, name: str) -> Path:
        """A folder in `scratch` that programs there may write to."""
        folder = self.scratch / name
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
        return folder


@contextmanager
def deployed() -> Iterator[Place]:
    """Build the container image if this machine can; remove `scratch` at the end."""
    runtime, is_deployed = _runtime()
    with TemporaryDirectory(prefix="bench-", dir=runtime.root / "tmp") as folder:
        scratch = Path(folder)
        scratch.chmod(0o755)
        shutil.copytree(BENCH / "peers", scratch / "bench" / "peers")
        place = Place(runtime, scratch, _magick(runtime), is_deployed)
        print(place.description, flush=True)
        yield place


def _runtime() -> tuple[Runtime, bool]:
    """Where the function's code runs, and whether that is the container image."""
    if container_image.can_build():
        terminal.say("Building the container image, unless it is up to date")
    image = container_image.of_sources()
    return image or on_this_machine(FUNCTION_PYTHON), image is not None


def _magick(runtime: Runtime) -> str:
    return subprocess.run(
        [*runtime.command[:-2], "-c", _VERSION],
        env=runtime.environment,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
