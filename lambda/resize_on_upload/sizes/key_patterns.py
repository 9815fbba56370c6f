"""Which keys a size is made for: patterns of `*` and `?` over the whole key."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .mistakes import Mistakes

_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class KeyPatterns:
    """Patterns; `*` matches any characters, `/` too, and `?` matches one.

    Attributes:
        include: One of them must match; empty: every key does.
        exclude: None of them may match, even if one of `include` does.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def match(self, key: str) -> bool:
        """Whether the key is included and not excluded."""
        if any(_compiled(pattern).fullmatch(key) for pattern in self.exclude):
            return False
        if not self.include:
            return True
        return any(_compiled(pattern).fullmatch(key) for pattern in self.include)


ALL_KEYS = KeyPatterns()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression whose time is linear in the key's length.

    Text between two stars is matched at its first occurrence and never elsewhere: an
    atomic group. With backtracking, a key of slashes could take minutes to reject.
    """
    first, *others = pattern.split("*")
    if not others:
        return re.compile(_literal(first), re.DOTALL)
    *middle, last = others
    found = "".join(f"(?>.*?{_literal(part)})" for part in middle if part)
    return re.compile(f"{_literal(first)}{found}.*{_literal(last)}", re.DOTALL)


def _literal(text: str) -> str:
    return "".join("." if c == "?" else re.escape(c) for c in text)


def check_patterns(patterns: Iterable[str], place: str, mistakes: Mistakes) -> None:
    """Report patterns that match no key, or that start with "/" like a path."""
    for index, pattern in enumerate(patterns):
        at = f"{place}[{index}]"
        if _SURROGATE.search(pattern):
            rule = (
                f"{json.dumps(pattern)} has half a character (a lone surrogate), which "
                "keys never have; write the whole character."
            )
            mistakes.add(at, rule, '["avatars/*"]')
        elif pattern.startswith("/"):
            relative = pattern.lstrip("/") or "*"
            rule = (
                f'{json.dumps(pattern)} starts with "/", but keys usually do not; '
                f'write {json.dumps(relative)}, or "?{relative}" for keys that do.'
            )
            mistakes.add(at, rule, json.dumps([relative]))
