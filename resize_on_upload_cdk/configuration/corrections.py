"""What a setting that is not valid was probably meant to be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from resize_on_upload_cdk.configuration.setting import Setting

_BUCKET = re.compile(
    r"(?:s3://|arn:aws[a-z-]*:s3:::|https://s3[^/]*\.amazonaws\.com/)([^/]+)/*"
    r"|https://([^/]+?)\.s3[^/]*\.amazonaws\.com/*"
)
_QUANTITY = re.compile(r"(\d+) ?([a-z]*)")
_SECONDS = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400}
_DAYS = {"d": 1, "day": 1, "days": 1, "w": 7, "week": 7, "weeks": 7}
_UNITS = {
    "memorySize": {"": 1, "m": 1, "mb": 1, "mib": 1, "g": 1_024, "gb": 1_024},
    "timeout": _SECONDS,
    "freshSeconds": _SECONDS,
    "logRetentionDays": _DAYS,
    "resizedExpirationDays": _DAYS,
}
_WORDS = {
    **dict.fromkeys(("yes", "on", "1"), "true"),
    **dict.fromkeys(("no", "off", "0"), "false"),
    **dict.fromkeys(("amd64", "x64", "x86", "x86-64"), "x86_64"),
    **dict.fromkeys(("arm", "aarch64"), "arm64"),
    "retain": "keep",
}


def correction(key: str, text: str, setting: Setting) -> str | None:
    """A valid text that is almost the same, or means the same; None if there is none.

    Args:
        key: The setting's.
        text: What is not valid.
        setting: The setting.
    """
    for meant in _candidates(key, text):
        try:
            if meant and meant != text:
                setting.parse(meant)
                return meant
        except ValueError:
            continue
    return None


def _candidates(key: str, text: str) -> Iterator[str]:
    if key == "viewerKey":  # the path of a file, or a whole key
        return
    plain = text.strip(" '\"")
    lower = plain.lower()
    yield plain
    yield _WORDS.get(lower, lower)
    if found := _BUCKET.fullmatch(plain):
        yield found[1] or found[2]
    if found := _QUANTITY.fullmatch(lower):
        factor = _UNITS.get(key, {}).get(found[2], 0)
        yield str(int(found[1][:9]) * factor) if factor else ""
    yield re.sub(r"^https?://|^priceclass_|/+$", "", lower)
    yield lower.rstrip("/")
    yield ",".join(one.strip().rstrip("/") for one in re.split(r"[\s,;]+", lower))
    yield lower.replace("_", "-")
    yield plain.replace("_", "-")
    yield plain.upper().replace("-", "_")
