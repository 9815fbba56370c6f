"""The deployed stack, started once for all tests that talk to it."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from local.container_image import NEEDS, build, can_build
from local.emulator.runtime import Runtime, in_image, on_this_machine
from local.stack import FUNCTION_PYTHON, running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _pytest.terminal import TerminalReporter
    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

    from local.stack import Stack

# The same in every process of a run, and in both runs of `make test`.
_RUN = os.environ.setdefault("TEST_RUN", uuid4().hex)

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


_SERIAL = ("corpus", "local")
"""The folders of the second run of `make test`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what shares a stack; `make test` spreads all else over the cores."""
    for item in items:
        if item.path.parent.name == "local":
            item.add_marker("serial")
        if item.get_closest_marker("serial"):
            assert item.path.parent.name in _SERIAL, f"make test does not run {item}"
    items.sort(key=_waits_for_the_image)


def _waits_for_the_image(item: pytest.Item) -> bool:
    """All else is run while it is being built."""
    is_serial = item.get_closest_marker("serial")
    return bool(item.get_closest_marker("image") and not is_serial)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(
    config: pytest.Config, log: Producer
) -> Scheduling | None:
    """Run the tests of a group in one process, with `--dist loadscope`."""
    from tests.support.groups import Groups

    return Groups(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start the build of the image if a test needs it: it takes a minute."""
    wanted = any(item.get_closest_marker("image") for item in session.items)
    if wanted and can_build() and not session.config.option.collectonly:
        build(_RUN)


@pytest.fixture(scope="session")
def image() -> Runtime:
    """The container image, built for real; its root file system to run in."""
    if not can_build():
        pytest.skip(NEEDS)
    root, description = build(_RUN).result()
    return in_image(root, description)


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


@pytest.fixture(
    scope="session",
    params=[pytest.param("image", marks=pytest.mark.image)] if can_build() else [""],
)
def deployed_runtime(request: pytest.FixtureRequest) -> Runtime:
    """The container image, as deployed; this machine's own where none can be built.

    For tests that take minutes, and whose outcome does not depend on ImageMagick.
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
