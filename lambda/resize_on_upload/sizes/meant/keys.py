"""The key that an unknown one was probably meant to be."""

from __future__ import annotations

from difflib import get_close_matches

from ..options import FACTS

_MAX_LENGTH = 60
_FOR_ALL = 'it is for all sizes: put it next to "sizes"'
_ELSEWHERE = {
    **dict.fromkeys(("manifest", *FACTS), f"{_FOR_ALL}."),
    "enlarge": f"{_FOR_ALL}, or end the geometry with '>' to enlarge nothing.",
    "focus": "each upload has its own, as metadata: remove it.",
    "thumbhash": "every manifest has it: remove it.",
}
"""Keys that are looked for in the wrong place, and what to do."""

_ELSEWHERE_NAMED = {
    "withoutEnlargement": 'write "enlarge": false next to "sizes".',
    "fit": "a geometry has it: WxH fits into the box, WxH^ fills it, WxH! stretches.",
    "prefix": "did you mean 'name'?",
    "resize": "did you mean 'geometry'?",
    "size": "did you mean 'geometry'?",
    "type": "did you mean 'format'?",
    "position": "did you mean 'gravity'?",
}
"""Keys of other tools, unless a known one is spelt almost alike."""


def advice(key: str, known: tuple[str, ...]) -> str:
    """What to do about an unknown key."""
    if key in _ELSEWHERE:
        return _ELSEWHERE[key]
    if key in _ELSEWHERE_NAMED and "geometry" in known:
        return _ELSEWHERE_NAMED[key]
    close = get_close_matches(key[:_MAX_LENGTH], known, n=1)
    return f"did you mean {close[0]!r}?" if close else "remove it."
