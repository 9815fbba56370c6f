"""The part of nginx's configuration that admits signed requests only."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

MODULE = "signature.mjs"

_SOURCE = Path(__file__).with_name(MODULE)
_KEYS = "{/* id of a trusted key: its PEM */}"

_CONFIGURATION = """\
    js_import signature from {module};
    auth_request /signature;
    auth_request_set $refusal $sent_http_x_refusal;
    error_page 403 /unsigned;
    location = /signature {{
      internal; auth_request off;
      js_content signature.check;
    }}
    location = /unsigned {{
      internal; auth_request off;
      {add}
      add_header X-Cache "Error from cloudfront" always;
      js_content signature.refused;
    }}"""


def module(keys: Mapping[str, str]) -> str:
    """The JavaScript module that knows the keys: id → PEM."""
    return _SOURCE.read_text().replace(_KEYS, json.dumps(dict(keys)))


def configuration(keys: Mapping[str, str], headers: str) -> str:
    """Directives of the server; none if there are no keys.

    Args:
        keys: Id → PEM.
        headers: Directives that add the headers of every response.
    """
    return _CONFIGURATION.format(module=MODULE, add=headers) if keys else ""
