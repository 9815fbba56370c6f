"""Tests that share a stack or a folder of the machine run in one process."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.groups import group

TESTS = Path(__file__).parents[1]
MODULES = [*TESTS.glob("local/test_*.py"), *TESTS.glob("corpus/test_*.py")]


@pytest.mark.parametrize("fixture", ["canary", "delivery_stack", "fresh_stack"])
def test_a_fixture_of_the_session_belongs_to_one_process(fixture: str) -> None:
    """Another process would start another stack; there is one canary for all."""
    using = [
        module
        for module in MODULES
        if re.search(rf"\b{fixture}: (Path|Stack)\b", module.read_text())
    ]
    assert len(using) > 1
    for module in using:
        assert group(f"{module.relative_to(TESTS)}::test_a") == fixture


def test_the_plain_stack_belongs_to_one_process_for_each_engine() -> None:
    texts = {module: module.read_text() for module in MODULES}
    using = [
        module
        for module, text in texts.items()
        if re.search(r"\bstack: Stack\b", text)
        and re.search(r"^def test_\w+\(\s*stack: Stack", text, re.MULTILINE)
        and "def stack(" not in text
    ]
    assert len(using) > 1
    groups = {
        engine: {group(f"{module}::test_a[{engine}-1]") for module in using}
        for engine in ("machine", "image")
    }
    assert groups == {"machine": {"stack[machine"}, "image": {"stack[image"}}


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("tests/local/test_urls.py::test_a", "test_urls"),
        ("tests/local/test_urls.py::test_a[image-b]", "test_urls"),
        ("tests/local/test_seeds.py::test_each_seed[image-a::b]", "test_seeds"),
        ("tests/local/test_fake.py::test_a[machine]", "stack[machine"),
        ("tests/local/test_upload.py::test_a[image-x]", "stack[image"),
        ("tests/local/test_upload.py::test_a[imagery-machine]", "stack"),
    ],
)
def test_all_else_is_grouped_by_its_module(test: str, expected: str) -> None:
    assert group(test) == expected
