"""Who may upload: whoever has the token, or a pass that the function gave."""

from __future__ import annotations

import hashlib
import hmac
from enum import StrEnum

PASS_SECONDS = 12 * 60 * 60
"""How long a pass is valid."""


class Access(StrEnum):
    """The setting `uploadAccess`: what a page has to send.

    Attributes:
        TOKEN: The secret itself.
        IAM: A pass, which whoever may invoke the function gets.
    """

    TOKEN = "token"  # noqa: S105 - a kind of access
    IAM = "iam"


def is_admitted(access: Access, secret: str, given: str, now: float) -> bool:
    """Whether a token or pass is valid; takes the same time for each wrong one."""
    if access is Access.TOKEN:
        return _equal(given, secret)
    expires = given.partition(".")[0]
    if not (expires.isascii() and expires.isdecimal() and len(expires) < len(given)):
        return False
    return _equal(given, signed_pass(secret, expires)) and int(expires) > now


def signed_pass(secret: str, expires: str) -> str:
    """A pass that is valid until a time, in seconds since 1970."""
    message = f"resize-on-upload upload pass {expires}".encode()
    digest = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    return f"{expires}.{digest}"


def _equal(one: str, other: str) -> bool:
    """Compare in constant time, whatever the lengths."""
    hashes = (hashlib.sha256(each.encode(errors="replace")) for each in (one, other))
    first, second = (each.digest() for each in hashes)
    return hmac.compare_digest(first, second)
