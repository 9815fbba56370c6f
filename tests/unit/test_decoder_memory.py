"""The decoder's memory: new blocks contain nothing of an earlier image."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from resize_on_upload.imaging import selftest
from resize_on_upload.imaging.sandbox import launch
from tests.support import allocation_errors, entry_points
from tests.support.decoders_in_image import ZEROED_MEMORY
from tests.support.entry_points import EARLIER

if TYPE_CHECKING:
    from local.emulator.runtime import Runtime

PROGRAM = Path(entry_points.__file__).read_text()
EVERY_SIZE, SOME_SIZES = "1", "23"

Command = tuple[list[str], dict[str, str]]
"""A Python and its environment, under the decoder's protection."""


def _preloaded(library: str) -> list[str]:
    return [f"{name}={value}" for name, value in _variables(library).items()]


def _variables(library: str) -> dict[str, str]:
    return {**launch.KEPT_MEMORY, "LD_PRELOAD": library}


@pytest.fixture(params=["machine", pytest.param("image", marks=pytest.mark.image)])
def zeroed(request: pytest.FixtureRequest) -> Command:
    """The library, as compiled for this machine and in the container image."""
    if request.param == "image":
        image: Runtime = request.getfixturevalue("image")
        # By env: chroot belongs to the machine, where the library is elsewhere.
        *chroot, python = image.command[:-2]
        command = [*chroot, "/usr/bin/env", *_preloaded(ZEROED_MEMORY), python]
        return command, image.environment
    if not launch.ZEROED_MEMORY.exists():
        pytest.skip("the library is not built: no C compiler")
    library = str(launch.ZEROED_MEMORY)
    return ["/usr/bin/env", *_preloaded(library), sys.executable], dict(os.environ)


def _run(command: Command, *arguments: str) -> subprocess.CompletedProcess[str]:
    python, environment = command
    return subprocess.run(
        [*python, *arguments],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
    )


def _found(variables: dict[str, str]) -> dict[str, list[int]]:
    done = _run(([sys.executable], variables), "-c", PROGRAM, SOME_SIZES)
    assert done.stderr == ""  # glibc prints a warning for an unknown setting
    found: dict[str, list[int]] = json.loads(done.stdout)
    return found


def test_new_memory_is_zero(zeroed: Command) -> None:
    """Of every function that allocates, whatever the size, to the end of the block."""
    done = _run(zeroed, "-c", PROGRAM, EVERY_SIZE)
    assert done.stderr == ""  # the dynamic linker reports a library it cannot preload
    found = json.loads(done.stdout)
    assert {name: values for name, values in found.items() if values != [0]} == {}
    assert {*entry_points.ALLOCATE, *entry_points.GROW} <= set(found)


def test_the_library_fails_as_glibc_does(zeroed: Command) -> None:
    """Too much memory, invalid alignments; and a block keeps its content."""
    program = Path(allocation_errors.__file__).read_text()
    (*before, python), environment = zeroed
    without = [one for one in before if not one.startswith("LD_PRELOAD")]
    expected = _run(([*without, python], environment), "-c", program).stdout
    assert "ENOMEM" in expected
    assert _run(zeroed, "-c", program).stdout == expected


def test_without_the_library_new_memory_is_overwritten(tmp_path: Path) -> None:
    variables = launch.allocator(tmp_path / "missing.so")
    assert "LD_PRELOAD" not in variables
    found = _found(variables)
    shown = {name for name in entry_points.ALLOCATE if EARLIER in found[name]}
    assert shown == set()


def test_without_protection_every_function_but_calloc_shows_it() -> None:
    """Otherwise the tests above would prove nothing."""
    found = _found(launch.KEPT_MEMORY)
    hidden = {name for name, values in found.items() if EARLIER not in values}
    assert hidden == {name for name in found if "calloc" in name}


def test_a_library_that_cannot_be_preloaded_is_not_relied_upon(tmp_path: Path) -> None:
    """The dynamic linker would go on without it."""
    damaged = tmp_path / "damaged.so"
    damaged.write_bytes(b"not a library")
    for library in (damaged, tmp_path / "missing.so"):
        assert launch.allocator(library)["MALLOC_PERTURB_"] == "85"


@pytest.mark.parametrize("folder", ["My Projects", "a:b", "$ORIGIN"])
def test_a_path_that_ld_preload_cannot_express(tmp_path: Path, folder: str) -> None:
    library = tmp_path / folder / launch.ZEROED_MEMORY.name
    library.parent.mkdir()
    library.write_bytes(launch.ZEROED_MEMORY.read_bytes())
    assert launch.allocator(library)["MALLOC_PERTURB_"] == "85"


BINDING = re.compile(r"binding file (\S+) .* to (\S+) \[0\]: .* `(\w+)'")
ALLOCATING = {
    *("malloc", "realloc", "memalign", "aligned_alloc", "posix_memalign"),
    *("valloc", "pvalloc"),
}
LIBRARIES = (
    *("libMagickCore", "libjpeg", "libpng16", "libwebp", "libtiff", "liblcms2"),
    *("libheif", "libde265", "libaom", "libdav1d", "libstdc++", "libc.so"),
)


EVERY_FORMAT = f"""
from {selftest.__name__} import run_all
assert not any(result.problem for result in run_all(strict=False))
"""


def test_every_library_allocates_zeroed_memory(zeroed: Command) -> None:
    """The dynamic linker lists whose functions each uses, while all formats are tried.

    The address of malloc may be that of a jump in the program, which uses the library.
    """
    (*before, python), environment = zeroed
    listed = [*before, "LD_BIND_NOW=1", "LD_DEBUG=bindings", python]
    lines = _run((listed, environment), "-c", EVERY_FORMAT).stderr
    bound = {
        (Path(file).name, Path(provider).name)
        for file, provider, function in BINDING.findall(lines)
        if function in ALLOCATING
    }
    program, library = Path(python).name, launch.ZEROED_MEMORY.name
    assert {provider for _, provider in bound} <= {library, program}
    assert (program, library) in bound
    files = {file for file, _ in bound}
    missing = [
        name for name in LIBRARIES if not any(file.startswith(name) for file in files)
    ]
    assert missing == []
