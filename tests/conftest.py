"""The deployed stack, started once for all tests that talk to it."""

from __future__ import annotations

import os
import shutil
import subprocess
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from local.emulator.runtime import Runtime, in_image, on_this_machine
from local.stack import FUNCTION_PYTHON, TOOLS, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _pytest.terminal import TerminalReporter

    from local.stack import Stack

ROOT = Path(__file__).parents[1]

# Machines are slow and shared: a property fails by what it finds, never by the clock.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture
def print_at_end(
    record_property: Callable[[str, object], None],
) -> Callable[[str], None]:
    """Print a text at the end of the run."""
    return partial(record_property, "print at end")


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Print the texts of `print_at_end`."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, text in report.user_properties:
                if name == "print at end":
                    terminalreporter.write_line(str(text))


@cache
def _image() -> Future[subprocess.CompletedProcess[str]]:
    """The image being built."""
    return ThreadPoolExecutor(1).submit(
        subprocess.run,
        [ROOT / "local" / "build-image", TOOLS / "image"],
        check=False,
        capture_output=True,
        text=True,
    )


def _can_build() -> bool:
    tools = shutil.which("buildah") and shutil.which("mmdebstrap")
    return os.geteuid() == 0 and bool(tools)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin with the image at once, where it is wanted: it takes a minute."""
    wanted = any(item.get_closest_marker("image") for item in session.items)
    if wanted and _can_build() and not session.config.option.collectonly:
        _image()


@pytest.fixture(scope="session")
def image() -> Runtime:
    """The container image, built for real; its root file system to run in."""
    if not _can_build():
        pytest.skip("building the image needs root, buildah and mmdebstrap")
    done = _image().result()
    assert done.returncode == 0, done.stderr[-4_000:]
    root, description = done.stdout.split()
    return in_image(Path(root), Path(description))


@pytest.fixture(
    scope="session",
    params=["machine", pytest.param("image", marks=pytest.mark.image)],
)
def runtime(request: pytest.FixtureRequest) -> Runtime:
    """Where the function's code runs.

    Once on this machine's own Python and ImageMagick, once inside the built image.
    """
    if request.param == "image":
        built: Runtime = request.getfixturevalue("image")
        return built
    return on_this_machine(FUNCTION_PYTHON)


@pytest.fixture(scope="session")
def stack(runtime: Runtime) -> Iterator[Stack]:
    """The template as `cdk deploy` would send it, running on this machine."""
    with running(runtime=runtime) as started:
        yield started
