"""Tests of delivery need nginx with njs."""

from __future__ import annotations

import pytest

from local.delivery.edge import find_nginx
from local.stack import TOOLS


def require_nginx() -> None:
    """Skip the test if it is missing."""
    if not find_nginx(TOOLS):
        pytest.skip("nginx or its module njs is missing: run local/install nginx")
