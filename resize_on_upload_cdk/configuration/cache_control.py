"""The Cache-Control header of variants, checked: browsers ignore unknown directives.

https://www.rfc-editor.org/rfc/rfc9111#section-5.2
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Includes stale-* from RFC 5861 and immutable from RFC 8246.
_SECONDS = ("max-age", "s-maxage", "stale-while-revalidate", "stale-if-error")
_FIELDS = ("no-cache", "private")
_PLAIN = (
    *("public", "no-store", "no-transform", "immutable"),
    *("must-revalidate", "proxy-revalidate", "must-understand"),
)
_KNOWN = (*_SECONDS, *_FIELDS, *_PLAIN)

_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # outside quotes
_QUOTED = re.compile(r'"[^"\\]+"')
_MIN_SIMILARITY = 0.7  # difflib's ratio


def of_variants(values: Mapping[str, Any]) -> str:
    """The header for these settings; empty only without delivery."""
    configured = str(values["cacheControl"] or "")
    if configured or not values["delivery"]:
        return configured
    return (
        f"public, max-age={values['freshSeconds']}, "
        "stale-while-revalidate=60, stale-if-error=86400"
    )


def parse(text: str) -> str:
    """Return the header unchanged.

    Raises:
        ValueError: directives are not valid; the second argument names them.
    """
    directives = [part.strip() for part in _COMMA.split(text)] if text else []
    problems = [problem for one in directives if (problem := _problem(one))]
    if problems:
        raise ValueError(text, "; ".join(problems))
    return text


def _problem(directive: str) -> str | None:
    name, equals, value = directive.partition("=")
    match name.lower():
        case known if known in _SECONDS:
            if not re.fullmatch("[0-9]+", value):
                return f"{directive!r} needs a whole number of seconds: '{known}=86400'"
        case known if known in _FIELDS:
            if equals and not _QUOTED.fullmatch(value):
                return f"{directive!r} needs quoted names: '{known}=\"set-cookie\"'"
        case known if known in _PLAIN:
            if equals:
                return f"{directive!r} takes no value: '{known}'"
        case _:
            return f"{directive!r} is not a directive; {_hint(directive)}"
    return None


def _hint(directive: str) -> str:
    for word in re.split(r"[\s=:;]+", directive.lower()):
        for name in get_close_matches(word, _KNOWN, n=1, cutoff=_MIN_SIMILARITY):
            suggestion = f"{name}=SECONDS" if name in _SECONDS else name
            return f"did you mean {suggestion!r}?"
    return f"known: {', '.join(_KNOWN)}"
