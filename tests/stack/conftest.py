"""Synthesize without Docker, network or Node's command line; read the template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.deployment import deploy
from tests.support.synthesizer import Synthesizer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.templates import Document, Synth


@pytest.fixture(scope="session")
def synth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synth]:
    """Synthesize the template for a context."""
    synthesizer = Synthesizer(tmp_path_factory.mktemp("templates"))
    yield lambda **context: synthesizer.template(context)
    synthesizer.close()


@pytest.fixture(scope="session")
def template(template_path: Path) -> Document:
    """The template with the default settings."""
    return dict(json.loads(template_path.read_text()))


@pytest.fixture(scope="session")
def delivery(synth: Synth) -> Document:
    """The template of the defaults with delivery."""
    return synth(delivery="true")


@pytest.fixture(scope="session")
def template_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that `cdk deploy` sends."""
    return deploy.synth(tmp_path_factory.mktemp("cdk") / "cdk.out")
