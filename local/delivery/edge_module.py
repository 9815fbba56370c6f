"""The module that runs the deployed edge functions in nginx."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.delivery.deployed import Deployed

MODULE = "edge.mjs"

_SOURCE = Path(__file__).with_name(MODULE)
_REQUESTS = "/* function of viewer requests */"
_RESPONSES = "/* function of viewer responses */"
_KEYED = "[/* parameters in the cache key */]"
_NO_FUNCTION = "function handler(event) { return event.response; }"


def source(deployed: Deployed) -> str:
    """The text of the module."""
    parts = {
        _REQUESTS: deployed.edge_code,
        _RESPONSES: deployed.response_code or _NO_FUNCTION,
        _KEYED: json.dumps(deployed.query_keys),
    }
    text = _SOURCE.read_text()
    for place, part in parts.items():
        text = text.replace(place, part)
    return text
