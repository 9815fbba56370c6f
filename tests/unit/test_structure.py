"""The limits of the code: modules per package, lines per module and per function.

Whoever needs an exception adds it with its reason; an exception that is no longer
needed fails, too.
"""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).parents[2]
FOLDERS = (
    *("lambda", "resize_on_upload_cli", "resize_on_upload_cdk", "stacks"),
    *("local", "scripts", "bench"),
)
MAX_MODULES = 9
MAX_LINES = 220
MAX_FUNCTION_LINES = 40
MAX_MEDIAN = 10
VAGUE = {"common", "helpers", "manager", "misc", "shared", "utils"}

_FUNCTION = "lambda/resize_on_upload"
FULL_PACKAGES: Mapping[str, tuple[int, str]] = {
    "resize_on_upload_cli/stack": (12, "all that reads a stack, not yet divided"),
}
LONG_MODULES: Mapping[str, tuple[int, str]] = {
    "resize_on_upload_cli/compare/diff.py": (230, "all states of a key"),
    "resize_on_upload_cli/stack/deployment.py": (260, "not yet divided"),
    "scripts/chromium.py": (250, "one protocol: the commands to a tab, its events"),
}


def _modules() -> Iterator[Path]:
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in file.parts:
                yield file


def _functions(file: Path) -> Iterator[tuple[str, int]]:
    """Yield the name and the lines of every function, without its docstring."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, _lines(node) - _lines_of_docstring(node)


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def _lines_of_docstring(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return _lines(node.body[0]) if ast.get_docstring(node) else 0


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _check(
    found: Mapping[str, int], limit: int, allowed: Mapping[str, tuple[int, str]]
) -> None:
    """Fail with everything over its limit, and with exceptions nobody needs."""
    over = {
        name: number
        for name, number in found.items()
        if number > allowed.get(name, (limit,))[0]
    }
    assert not over, f"more than {limit}"
    unneeded = [name for name in allowed if found.get(name, 0) <= limit]
    assert not unneeded, "no exception is needed: remove it"


def _modules_per_package() -> Counter[str]:
    return Counter(
        _name(file.parent) for file in _modules() if file.name != "__init__.py"
    )


def _lines_per_module() -> dict[str, int]:
    return {_name(file): file.read_text().count("\n") for file in _modules()}


def _lines_per_function() -> dict[str, int]:
    found: dict[str, int] = {}
    for file in _modules():
        for name, lines in _functions(file):
            key = f"{_name(file)} {name}"
            found[key] = max(lines, found.get(key, 0))
    return found


def test_a_package_has_few_modules() -> None:
    _check(_modules_per_package(), MAX_MODULES, FULL_PACKAGES)


def test_a_module_is_short() -> None:
    _check(_lines_per_module(), MAX_LINES, LONG_MODULES)


def test_a_function_is_short() -> None:
    _check(_lines_per_function(), MAX_FUNCTION_LINES, {})


def test_most_functions_are_very_short() -> None:
    assert median(lines for file in _modules() for _, lines in _functions(file)) < (
        MAX_MEDIAN
    )


def test_a_name_says_what_is_inside() -> None:
    words = {
        _name(path): set(path.with_suffix("").name.split("_"))
        for file in _modules()
        for path in (file, file.parent)
    }
    assert not [name for name, used in words.items() if used & VAGUE]


@pytest.mark.parametrize(
    ("found", "allowed"),
    [
        ({"a": 10}, {}),
        ({"a": 13}, {"a": (12, "a reason")}),
        ({"a": 9}, {"a": (12, "a reason")}),
        ({}, {"a": (12, "a reason")}),
    ],
    ids=["over", "over the exception", "not over any more", "not there any more"],
)
def test_the_check_fails(
    found: dict[str, int], allowed: dict[str, tuple[int, str]]
) -> None:
    with pytest.raises(AssertionError):
        _check(found, 9, allowed)
