"""Synthesize without Docker, network or Node's command line; read the template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from local import deploy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.templates import Synth


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Synth:
    """Synthesize the template for a context."""

    def run(**context: str) -> dict[str, Any]:
        return dict(json.loads(template_file(tmp_path_factory, context).read_text()))

    return run


@pytest.fixture(scope="session")
def template(synth: Synth) -> dict[str, Any]:
    """The template with the default settings."""
    return synth()


@pytest.fixture(scope="session")
def template_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that `cdk deploy` sends."""
    return template_file(tmp_path_factory, {})


def template_file(factory: pytest.TempPathFactory, context: dict[str, str]) -> Path:
    return deploy.synth(factory.mktemp("cdk") / "cdk.out", context)
