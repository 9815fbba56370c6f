"""Messages about settings of the CDK context, as messages about arguments in Python."""

from __future__ import annotations

import re

from resize_on_upload_cdk.configuration.context import SETTINGS
from resize_on_upload_cdk.configuration.settings import snake_case
from resize_on_upload_cdk.configuration.sizes_source import DOCUMENT

_BOOLEANS = {"true": "True", "false": "False"}
_NAMES = {key: snake_case(key) for key in SETTINGS if key != snake_case(key)}
_NAME = re.compile(rf"\b({'|'.join(_NAMES)})\b")
_ADDED = re.compile(r"-c (\w+)=([^\s,;]+)")
_FIREWALL = "-c firewall=true"
_BOOLEAN = re.compile(r"='(true|false)'")


def in_python(message: str, sizes: str) -> str:
    """Return a message with the names that a program uses.

    Args:
        message: About a setting, or about config/sizes.json.
        sizes: The name of the sizes.
    """
    text = message.removeprefix("context ").replace(DOCUMENT, sizes)
    text = text.replace(_FIREWALL, "ResizeFirewall")
    text = _BOOLEAN.sub(lambda found: f"={_BOOLEANS[found[1]]}", text)
    text = _ADDED.sub(lambda found: f"{found[1]}={_argument(found[2])}", text)
    return _NAME.sub(lambda found: _NAMES[found[1]], text)


def _argument(text: str) -> str:
    return _BOOLEANS.get(text, f'"{text}"')
