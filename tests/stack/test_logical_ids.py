"""CloudFormation replaces a resource whose logical id changes: with it, its content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.templates import Synth

IDS = json.loads(Path(__file__).with_name("logical_ids.json").read_text())
"""A description of some settings → the settings, and the ids and types of then."""


@pytest.mark.parametrize("settings", IDS)
def test_every_resource_keeps_its_logical_id(synth: Synth, settings: str) -> None:
    """These stacks are deployed. A new resource is added here; none is ever removed."""
    document = synth(**IDS[settings]["context"])
    found = {name: one["Type"] for name, one in document["Resources"].items()}
    assert found == IDS[settings]["resources"]
