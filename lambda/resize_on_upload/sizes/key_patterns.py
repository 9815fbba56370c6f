"""Which keys a size is made for: patterns of `*` and `?` over the whole key."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Paths:
    """Patterns; `*` stands for any characters, `/` too, `?` for one.

    Attributes:
        include: One of them must match; any key where there is none.
        exclude: None of them may match, whatever `include` says.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def fit(self, key: str) -> bool:
        """Whether the key is meant."""
        if any(_compiled(pattern).fullmatch(key) for pattern in self.exclude):
            return False
        if not self.include:
            return True
        return any(_compiled(pattern).fullmatch(key) for pattern in self.include)


EVERYWHERE = Paths()


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(c, re.escape(c)) for c in pattern), re.DOTALL)
