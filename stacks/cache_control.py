"""The Cache-Control header, checked: browsers silently drop what they do not know.

https://www.rfc-editor.org/rfc/rfc9111#section-5.2
"""

from __future__ import annotations

import re
from difflib import get_close_matches

# With RFC 5861's two of stale content, and RFC 8246's immutable.
_SECONDS = ("max-age", "s-maxage", "stale-while-revalidate", "stale-if-error")
_FIELDS = ("no-cache", "private")
_PLAIN = (
    *("public", "no-store", "no-transform", "immutable"),
    *("must-revalidate", "proxy-revalidate", "must-understand"),
)
_KNOWN = (*_SECONDS, *_FIELDS, *_PLAIN)

_COMMA = re.compile(r',(?=(?:[^"]*"[^"]*")*[^"]*$)')  # none within quotes
_QUOTED = re.compile(r'"[^"\\]+"')
_LIKE = 0.7  # of difflib's ratio


def parse(text: str) -> str:
    """The header as it is, or empty.

    Raises:
        ValueError: it has directives that are wrong; its second argument says which.
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
                return (
                    f"{directive!r} names headers in quotes: '{known}=\"set-cookie\"'"
                )
        case known if known in _PLAIN:
            if equals:
                return f"{directive!r} takes no value: '{known}'"
        case _:
            return f"{directive!r} is not one; {_guess(directive)}"
    return None


def _guess(directive: str) -> str:
    for word in re.split(r"[\s=:;]+", directive.lower()):
        for name in get_close_matches(word, _KNOWN, n=1, cutoff=_LIKE):
            meant = f"{name}=SECONDS" if name in _SECONDS else name
            return f"did you mean {meant!r}?"
    return f"known are: {', '.join(_KNOWN)}"
